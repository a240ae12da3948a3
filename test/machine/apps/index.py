"""Makes a package index (PEP 503) of wheels (PEP 427) out of Python packages that the distribution installed.

index.py DIRECTORY PACKAGE...   the named Debian packages and all they depend on, below DIRECTORY/simple

What requires what is asked of dpkg: the distribution takes it out of the packages' own metadata.
"""
import base64
import hashlib
import importlib.metadata as metadata
import os
import re
import subprocess
import sys
import sysconfig
import zipfile

PACKAGES = '/usr/lib/python3/dist-packages/'


def ask(*command):
    return subprocess.check_output(command, text=True)


def by_package():
    """Every distribution by the Debian package it came in."""
    known = {str(each._path): each for each in metadata.distributions(path=[PACKAGES])}
    owners = [line.split(': ') for line in ask('dpkg', '-S', *known).splitlines()]
    return {package: known[path] for package, path in owners if path in known}


def needs(package, known):
    """Packages with distributions that a package depends on."""
    text = ask('dpkg-query', '-W', '-f', '${Depends}', package)
    return [name for name in re.findall(r'(?:^|[,|])\s*([a-z0-9.+-]+)', text) if name in known and name != package]


def closure(packages, known):
    found, waiting = set(), list(packages)
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += needs(package, known)
    return found


def wheel(package, known, directory):
    distribution = known[package]
    name, version = distribution.metadata['Name'].replace('-', '_'), distribution.version
    listed = ask('dpkg', '-L', package).splitlines()
    own = [path for path in listed if path.startswith(PACKAGES) and os.path.isfile(path)]
    files = [path for path in own if '.egg-info' not in path and '.dist-info' not in path]
    compiled = any(path.endswith('.so') for path in files)
    platform = sysconfig.get_platform().replace('-', '_').replace('.', '_')
    python = f'cp{sys.version_info.major}{sys.version_info.minor}'
    tag = f'{python}-{python}-{platform}' if compiled else 'py3-none-any'
    info = f'{name}-{version}.dist-info'
    requires = ''.join(f"Requires-Dist: {known[each].metadata['Name']}\n" for each in needs(package, known))
    contents = {path[len(PACKAGES):]: open(path, 'rb').read() for path in files}
    contents[f'{info}/METADATA'] = f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}'.encode()
    pure = str(not compiled).lower()
    contents[f'{info}/WHEEL'] = f'Wheel-Version: 1.0\nGenerator: index\nRoot-Is-Purelib: {pure}\nTag: {tag}\n'.encode()
    commands = [each for each in distribution.entry_points if each.group == 'console_scripts']
    scripts = ''.join(f'{each.name} = {each.value}\n' for each in commands)
    contents[f'{info}/entry_points.txt'] = f'[console_scripts]\n{scripts}'.encode()
    record = ''.join(f'{path},sha256={digest(data)},{len(data)}\n' for path, data in contents.items())
    contents[f'{info}/RECORD'] = f'{record}{info}/RECORD,,\n'.encode()
    place = os.path.join(directory, 'simple', re.sub(r'[-_.]+', '-', name).lower())
    os.makedirs(place, exist_ok=True)
    with zipfile.ZipFile(os.path.join(place, f'{name}-{version}-{tag}.whl'), 'w') as archive:
        for path, data in contents.items():
            archive.writestr(path, data)


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()


if __name__ == '__main__':
    everything = by_package()
    for each in closure(sys.argv[2:], everything):
        wheel(each, everything, sys.argv[1])
