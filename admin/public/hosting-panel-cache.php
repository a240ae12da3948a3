<?php
/**
 * Plugin Name: Hosting Panel page cache
 * Description: Deletes pages from the server's page cache when something is published, changed or commented on.
 *
 * Put this file into wp-content/mu-plugins/. It needs no settings and no password: the server knows by the user that
 * PHP runs as whose site it is.
 */
defined('ABSPATH') || exit;

/** Asks once, when everything of this request is saved. */
function hosting_panel_purge()
{
    if (!has_action('shutdown', 'hosting_panel_send_purge')) {
        add_action('shutdown', 'hosting_panel_send_purge');
    }
}

/**
 * Does not use WordPress's own HTTP, which may have a proxy, or be closed to other servers. Waits for the answer: the
 * server looks who is connected.
 */
function hosting_panel_send_purge()
{
    $server = @fsockopen('127.0.0.1', 80, $number, $problem, 2);
    $answer = '';
    if ($server) {
        stream_set_timeout($server, 5);
        fwrite($server, "POST /.hosting-panel/purge HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}");
        $answer = (string) stream_get_contents($server);
        fclose($server);
    }
    if (!preg_match('~^HTTP/1\.\d 200 ~', $answer)) {
        error_log('The page cache was not purged: ' . substr($answer . $problem, 0, 500));
    }
}

add_action('transition_post_status', function ($new, $old) {
    if ('publish' === $new || 'publish' === $old) {
        hosting_panel_purge();
    }
}, 10, 2);
// Comments that wait for approval, and spam, change no page: strangers send them as often as they like.
add_action('comment_post', function ($id, $approved) {
    if ('1' === (string) $approved) {
        hosting_panel_purge();
    }
}, 10, 2);
add_action('transition_comment_status', function ($new, $old) {
    if ('approved' === $new || 'approved' === $old) {
        hosting_panel_purge();
    }
}, 10, 2);
foreach (
    [
        'deleted_post', 'edit_comment', 'edited_terms', 'delete_term', 'switch_theme', 'customize_save_after',
        'wp_update_nav_menu', 'update_option_sidebars_widgets', 'update_option_blogname',
        'update_option_blogdescription', 'activated_plugin', 'deactivated_plugin', 'upgrader_process_complete',
        'permalink_structure_changed',
    ] as $event
) {
    add_action($event, 'hosting_panel_purge', 10, 0);
}
