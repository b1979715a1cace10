# SPDX-License-Identifier: MIT
"""A Varlink client that knows nothing of a service but its interface's text.

Uses nothing of Mullion's code.
"""
import array
import json
import re
import socket


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

    def service(self, product):
        """Its interfaces by name, as it describes them itself."""
        error, info, _ = self.call('org.varlink.service.GetInfo')
        assert error is None and info['product'] == product, info
        interfaces = {}
        for name in info['interfaces']:
            error, reply, _ = self.call(
                'org.varlink.service.GetInterfaceDescription', {'interface': name})
            assert error is None, error
            interfaces[name] = Interface(reply['description'])
            assert interfaces[name].name == name
        interfaces['org.varlink.service'].check(
            info, interfaces['org.varlink.service'].methods['GetInfo'][1], 'GetInfo')
        return interfaces


class Checked:
    """Calls of one interface, each reply checked against its description."""

    def __init__(self, path, product, name):
        self.client = Client(path)
        self.interfaces = self.client.service(product)
        self.name, self.interface = name, self.interfaces[name]
        self.called = set()

    def good(self, method, **parameters):
        described = self.interface.methods[method]
        self.interface.check(parameters, described[0], method)
        error, reply, fds = self.client.call(f'{self.name}.{method}', parameters)
        assert error is None, (method, error, reply)
        self.interface.check(reply, described[1], method)
        self.called.add(method)
        return reply, fds

    def bad(self, expected, method, **parameters):
        error, reply, fds = self.client.call(f'{self.name}.{method}', parameters)
        assert error == expected and not fds, (method, error, reply)
        interface, _, name = error.rpartition('.')
        self.interfaces[interface].check(reply, self.interfaces[interface].errors[name], error)
        return reply

    def end(self):
        """Every method was called."""
        assert self.called == set(self.interface.methods), \
            set(self.interface.methods) - self.called
