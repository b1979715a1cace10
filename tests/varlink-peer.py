#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""varlink-peer.py SOCKET GUEST calls every method of org.mullion.Control and
checks each reply, name by name and type by type, against the description that
the service itself gives.
"""
import mmap
import os
import sys

import varlink


def main():
    guest = sys.argv[2]
    peer = varlink.Checked(sys.argv[1], 'mulliond', 'org.mullion.Control')
    good, bad = peer.good, peer.bad
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
    peer.end()

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
