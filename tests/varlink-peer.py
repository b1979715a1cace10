#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Varlink client that knows nothing of Mullion but its interface's text.

varlink-peer.py SOCKET GUEST calls every method of org.mullion.Control and
checks each reply, name by name and type by type, against the description that
the service itself gives. Uses nothing of Mullion's code.
"""
import array
import json
import mmap
import os
import re
import socket
import sys


def tokens(text):
    text = re.sub(r'#[^\n]*', '', text)
    return re.findall(r'->|\[\]|\[string\]|[A-Za-z][A-Za-z0-9_.]*|[(),:?]', text)


class Interface:
    """The grammar of varlink.org, as far as interfaces use it."""

    def __init__(self, text):
        self.tokens = tokens(text)
        self.types, self.methods, self.errors = {}, {}, {}
        self.expect('interface')
        self.name = self.take()
        while self.tokens:
            kind, name = self.take(), self.take()
            if kind == 'type':
                self.types[name] = self.struct()
            elif kind == 'method':
                parameters = self.struct()
                self.expect('->')
                self.methods[name] = (parameters, self.struct())
            elif kind == 'error':
                self.errors[name] = self.struct()
            else:
                raise SyntaxError(kind)

    def take(self):
        return self.tokens.pop(0)

    def expect(self, token):
        got = self.take()
        if got != token:
            raise SyntaxError(f'{got} for {token}')

    def struct(self):
        """A struct as a dict of types, or an enum as a set of names."""
        fields, names = {}, set()
        self.expect('(')
        while self.tokens[0] != ')':
            name = self.take()
            if self.tokens[0] == ':':
                self.expect(':')
                fields[name] = self.type()
            else:
                names.add(name)
            if self.tokens[0] == ',':
                self.take()
        self.take()
        return names or fields

    def type(self):
        if self.tokens[0] in ('?', '[]', '[string]'):
            return (self.take(), self.type())
        return self.struct() if self.tokens[0] == '(' else self.take()

    def check(self, value, type_, where):
        if isinstance(type_, dict):
            assert isinstance(value, dict), where
            unknown = value.keys() - type_.keys()
            assert not unknown, f'{where}: {unknown} is not described'
            for name, field in type_.items():
                self.check(value.get(name), field, f'{where}.{name}')
        elif isinstance(type_, set):
            assert value in type_, f'{where}: {value}'
        elif isinstance(type_, tuple):
            if type_[0] == '?':
                if value is not None:
                    self.check(value, type_[1], where)
            else:
                assert isinstance(value, list), where
                for element in value:
                    self.check(element, type_[1], where + '[]')
        elif type_ in self.types:
            self.check(value, self.types[type_], where)
        else:
            python = {'string': str, 'int': int, 'bool': bool, 'float': float}[type_]
            assert type(value) is python, f'{where}: {value!r} is no {type_}'


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.connect(path)

    def call(self, method, parameters=None):
        message = {'method': method}
        if parameters is not None:
            message['parameters'] = parameters
        self.socket.sendall(json.dumps(message).encode() + b'\0')
        data, fds = b'', array.array('i')
        while not data.endswith(b'\0'):
            part, ancillary, _, _ = self.socket.recvmsg(4096, 1024)
            assert part, 'the connection was closed'
            data += part
            for _, _, rights in ancillary:
                fds.frombytes(rights)
        reply = json.loads(data[:-1])
        return reply.get('error'), reply.get('parameters', {}), list(fds)


def main():
    client, guest = Client(sys.argv[1]), sys.argv[2]
    error, info, _ = client.call('org.varlink.service.GetInfo')
    assert error is None and info['product'] == 'mulliond', info
    interfaces = {}
    for name in info['interfaces']:
        error, reply, _ = client.call(
            'org.varlink.service.GetInterfaceDescription', {'interface': name})
        assert error is None, error
        interfaces[name] = Interface(reply['description'])
        assert interfaces[name].name == name
    interfaces['org.varlink.service'].check(
        info, interfaces['org.varlink.service'].methods['GetInfo'][1], 'GetInfo')
    control = interfaces['org.mullion.Control']

    def good(method, **parameters):
        control.check(parameters, control.methods[method][0], method)
        error, reply, fds = client.call('org.mullion.Control.' + method, parameters)
        assert error is None, (method, error, reply)
        control.check(reply, control.methods[method][1], method)
        called.add(method)
        return reply, fds

    def bad(expected, method, **parameters):
        error, reply, fds = client.call('org.mullion.Control.' + method, parameters)
        assert error == expected and not fds, (method, error, reply)
        interface, _, name = error.rpartition('.')
        interfaces[interface].check(reply, interfaces[interface].errors[name], error)

    called = set()
    reply, _ = good('ListGuests')
    assert guest in [g['name'] for g in reply['guests']]
    for each in reply['guests']:
        good('ShowGuest', guest=each['name'])
    good('Version')
    good('SetHead', guest=guest, head=1, mode='off')
    good('AddHead', guest=guest, mode='1280x720@59.94')
    good('View', guest=guest, head=0)
    good('Events', after=0)
    good('Events', after=1 << 60)
    good('Events', after=-1)
    good('Restart', guest=guest)
    reply, _ = good('Stats')
    assert guest in [g['name'] for g in reply['guests']]
    assert good('Metrics')[0]['text'].endswith('# EOF\n')
    last = good('Timeline')[0]['last']
    reply, _ = good('Timeline', after=0)
    assert reply['last'] >= last and len(reply['spans']) + reply['missed'] == reply['last']
    good('Timeline', after=1 << 60)
    good('Timeline', after=-1)
    good('Release', guest=guest)
    good('SendInput', guest=guest, device='touch0',
         frames=[[3, 47, 2, 3, 57, 7, 3, 53, 5, 3, 54, 6], [3, 53, 32767], [], [3, 57, -1]])
    good('SendInput', guest=guest, device='keyboard', frames=[])
    good('Set', guest=guest, weight='3', hang_limit=None)
    good('Set', guest=guest)
    good('SetDaemon', in_flight='2')
    good('VmArgs', guest=guest)
    good('VmArgs', guest=guest, vmm='libvirt', memory=1 << 30)
    good('VmArgs', guest=guest, vmm=None, memory=None)

    reply, fds = good('Screenshot', guest=guest, head=0)
    with mmap.mmap(fds[reply['descriptor']], 0, prot=mmap.PROT_READ) as pixels:
        assert len(pixels) == reply['height'] * reply['stride'], len(pixels)
    for fd in fds:
        os.close(fd)
    for method in 'Trace', 'Record':
        reply, fds = good(method, guest=guest)
        os.close(fds[reply['descriptor']])
    assert called == set(control.methods), set(control.methods) - called

    bad('org.mullion.Control.NoSuchGuest', 'ShowGuest', guest='nobody')
    bad('org.mullion.Control.NoSuchGuest', 'Screenshot', guest='', head=0)
    bad('org.mullion.Control.NoSuchGuest', 'VmArgs', guest='../x')
    bad('org.mullion.Control.NoSuchHead', 'Screenshot', guest=guest, head=16)
    bad('org.mullion.Control.NoFreeHead', 'AddHead', guest=guest)
    bad('org.mullion.Control.NoSuchHead', 'SetHead', guest=guest, head=16, mode='on')
    for mode in '', '0x0', '31x32', '16385x32', '640x480@', '640x480@0.5', '640 x480', 'ON':
        bad('org.varlink.service.InvalidParameter', 'SetHead', guest=guest, head=0, mode=mode)
        bad('org.varlink.service.InvalidParameter', 'AddHead', guest=guest, mode=mode)
    for parameters in {'weight': '0'}, {'cap': '5%', 'reservation': '4ms/16ms'}, {'memory': ''}:
        bad('org.mullion.Control.CannotSet', 'Set', guest=guest, **parameters)
    bad('org.mullion.Control.CannotSet', 'SetDaemon', in_flight='17')
    bad('org.mullion.Control.NoSuchGuest', 'Set', guest='nobody', weight='1')
    for parameters in {'weight': 3}, {'heads': '2'}, {'hang-limit': '2s'}:
        bad('org.varlink.service.InvalidParameter', 'Set', guest=guest, **parameters)
    bad('org.mullion.Control.NoSuchGuest', 'SendInput', guest='nobody', device='mouse', frames=[])
    for device in '', 'touch', 'touch16', 'touch7', 'keys', 'mouse0', 'x' * 1000:
        bad('org.mullion.Control.CannotSend', 'SendInput', guest=guest, device=device, frames=[])
    for frame in [3, 0, 5], [1, 330, 1], [3, 53, 32768], [0, 0, 0], [65535, 65535, 0]:
        bad('org.mullion.Control.CannotSend', 'SendInput', guest=guest, device='touch0',
            frames=[[3, 57, 1], frame])
    for frames in None, 5, 'x', [3, 57, 1], [[3, 57]], [[3, 57, '1']], [[3, 57, 1.0]], \
            [[65536, 57, 1]], [[3, -1, 1]], [[3, 57, 1 << 31]], [[3, 57, 1 << 70]], [None], \
            [[3, 57, None]], [[[3, 57, 1]]], [{}], [[3, 57, 1] * 129]:
        bad('org.varlink.service.InvalidParameter', 'SendInput', guest=guest, device='touch0',
            frames=frames)
    bad('org.mullion.Control.NoSuchHead', 'View', guest=guest, head=16)
    bad('org.mullion.Control.NoSuchHead', 'Screenshot', guest=guest, head=-1)
    bad('org.mullion.Control.NoSuchHead', 'Screenshot', guest=guest, head=1 << 32)
    bad('org.varlink.service.InvalidParameter', 'VmArgs', guest=guest, vmm='vmware')
    bad('org.varlink.service.InvalidParameter', 'VmArgs', guest=guest, memory=-1)
    bad('org.varlink.service.InvalidParameter', 'VmArgs', guest=guest, memory=1 << 62)
    bad('org.varlink.service.InvalidParameter', 'VmArgs', guest=guest, memory=12345)
    bad('org.varlink.service.InvalidParameter', 'ShowGuest')
    bad('org.varlink.service.MethodNotFound', 'Explode', guest=guest)
    print('varlink-peer: all as described')


main()
