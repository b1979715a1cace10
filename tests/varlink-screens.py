#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""varlink-screens.py SOCKET calls every method of org.mullion.Compositor and checks each
reply against the description that the service itself gives. There are a screen A with the
outputs a and c, and a screen B, turned, all of them of the colour #336699, and no windows.
"""
import mmap
import os
import sys

import varlink

ERROR = 'org.mullion.Compositor.'


def main():
    peer = varlink.Checked(sys.argv[1], 'mullion-compositor', 'org.mullion.Compositor')
    good, bad = peer.good, peer.bad
    reply, _ = good('List')
    assert [s['name'] for s in reply['screens']] == ['A', 'B'], reply
    assert reply['windows'] == []
    first, second = reply['screens']
    assert [o['name'] for o in first['outputs']] == ['a', 'c']
    assert first['mode'] == {'width': 640, 'height': 480, 'refresh_mhz': 75000}
    assert first['scale'] == 2.0 and first['transform'] == 'normal'
    assert first['outputs'][1]['box'] == {'x': 320, 'y': 0, 'width': 320, 'height': 240}
    assert first['outputs'][1]['place'] == {'x': 160, 'y': -10, 'width': 160, 'height': 120}
    assert second['transform'] == '90'
    assert second['outputs'][0]['box'] == {'x': 0, 'y': 0, 'width': 600, 'height': 800}
    for name, size in (('a', (320, 480)), ('c', (320, 240)), ('B', (600, 800))):
        reply, fds = good('Screenshot', output=name)
        assert (reply['width'], reply['height'], reply['format']) == (*size, 'XR24'), reply
        with mmap.mmap(fds[reply['descriptor']], 0, prot=mmap.PROT_READ) as pixels:
            assert len(pixels) == reply['height'] * reply['stride'], len(pixels)
            for y in range(reply['height']):
                row = pixels[y * reply['stride']:][:4 * reply['width']]
                assert row[0::4] == b'\x99' * reply['width'], (name, y)
                assert row[1::4] == b'\x66' * reply['width'], (name, y)
                assert row[2::4] == b'\x33' * reply['width'], (name, y)
        for fd in fds:
            os.close(fd)
    assert all(s['on'] for s in good('List')[0]['screens'])
    good('SetPower', screen='B', on=False)
    assert [s['on'] for s in good('List')[0]['screens']] == [True, False]
    good('SetPower', screen='B', on=False)
    good('SetPower', screen='B', on=True)
    assert all(s['on'] for s in good('List')[0]['screens'])
    good('Reload')
    good('Version')
    bad(ERROR + 'CannotSet', 'SetBrightness', screen='A', percent=50)
    for percent in 0, -1, 101, 1 << 32:
        bad('org.varlink.service.InvalidParameter', 'SetBrightness', screen='A', percent=percent)
    peer.called.add('SetBrightness')  # memory has no light
    peer.end()
    for name in 'A', '', 'b', 'a\n', 'x' * 60000:
        assert bad(ERROR + 'NoSuchOutput', 'Screenshot', output=name)['output'] == name
    for name in 'a', '', 'B ':
        bad(ERROR + 'NoSuchScreen', 'SetPower', screen=name, on=True)
    bad('org.varlink.service.InvalidParameter', 'SetPower', screen='B', on=1)
    bad('org.varlink.service.InvalidParameter', 'Screenshot')
    bad('org.varlink.service.InvalidParameter', 'Screenshot', output=3)
    bad('org.varlink.service.InvalidParameter', 'List', screen='A')
    bad('org.varlink.service.MethodNotFound', 'Explode')
    print('varlink-screens: all as described')


main()
