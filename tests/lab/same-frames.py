#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""same-frames.py EXPECTED ACTUAL: frames of one device, lines as read-input.c writes them

All of them came, in order and to the end; but of motion that the guest was too slow for
only the newest may have: then what a frame leads to is what several lead to.
"""
import sys

SLOT, ID, TOUCH = '3/47', '3/57', '1/330'


def frames(path):
    """After each frame: all that is known, and what began or ended in it."""
    state, slot = {}, '0'
    for line in open(path):
        turns = []
        for event in line.split()[1:]:
            code, value = event.split('=')
            if code == SLOT:
                slot = value
                continue
            of = slot if 48 <= int(code.split('/')[1]) <= 61 and code[0] == '3' else None
            state[of, code] = value
            if code in (ID, TOUCH):
                turns.append((of, code, value))
        yield dict(state), turns, line


expected, merged, at = list(frames(sys.argv[1])), 0, 0
for state, turns, line in frames(sys.argv[2]):
    while at < len(expected) and expected[at][0] != state:
        if expected[at][1]:
            sys.exit(f'expected {expected[at][2]}got {line}')
        at, merged = at + 1, merged + 1
    if at == len(expected):
        sys.exit(f'not expected: {line}')
    if expected[at][1] != turns:
        sys.exit(f'expected {expected[at][2]}got {line}')
    at += 1
if at < len(expected):
    sys.exit(f'did not come: {expected[at][2]}')
print(f'{at} frames, {merged} of them within the next')
