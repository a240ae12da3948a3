<?php
// Sets Adminer up for one database. The panel looked at the session and told nginx which database it is, with its own
// account: nothing that the browser sends chooses a server, a driver, an account or a file of this server.

$drivers = ['server', 'sqlite', 'sqlite2', 'pgsql', 'oracle', 'mssql', 'mongo', 'elastic', 'clickhouse', 'firebird',
    'simpledb'];
foreach ($drivers as $driver) {
    unset($_GET[$driver]);
}
$_GET['username'] = $_SERVER['HOSTING_PANEL_USERNAME'];
$_GET['db'] = $_SERVER['HOSTING_PANEL_DATABASE'];
unset($_POST['auth'], $_POST['webfile']);

// It would have the browser ask its maker for a newer version, and keep what the browser says about that.
$_COOKIE['adminer_version'] = '0';
if (($_GET['script'] ?? '') === 'version') {
    unset($_GET['script']);
}

if (isset($_POST['logout'])) {
    header('Location: /close');
    exit;
}

function adminer_object()
{
    // No form to sign in is shown to whom it has a password for, and the real one stays out of the session's file.
    $_SESSION['pwds']['server'][''][$_SERVER['HOSTING_PANEL_USERNAME']] = '';

    return new class extends Adminer {
        function name()
        {
            return 'Adminer';
        }

        function serverName($server)
        {
            return 'MariaDB';
        }

        function credentials()
        {
            return [
                $_SERVER['HOSTING_PANEL_SERVER'],
                $_SERVER['HOSTING_PANEL_USERNAME'],
                $_SERVER['HOSTING_PANEL_PASSWORD'],
            ];
        }

        function login($login, $password)
        {
            return true;
        }

        // Where MariaDB does not take the account: there is nothing to enter.
        function loginForm()
        {
            echo '<p>MariaDB does not let the panel in. <a href="/panel">Open the database again from the panel</a>.';
        }

        // Whom thirty failures shut out for half an hour: who opens the database again is somebody else.
        function bruteForceKey()
        {
            return session_id();
        }

        function database()
        {
            return $_SERVER['HOSTING_PANEL_DATABASE'];
        }

        function databases($flush = true)
        {
            return [$_SERVER['HOSTING_PANEL_DATABASE']];
        }

        function permanentLogin($create = false)
        {
            return '';
        }

        function importServerPath()
        {
            return '';
        }
    };
}

require '/usr/share/adminer/adminer.php';
