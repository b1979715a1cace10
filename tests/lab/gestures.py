#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ten fingers at random: gestures.py FRAMES HERTZ RECORDING EXPECTED

Writes a recording in evemu-record's format, and what an evdev reader in a guest sees of
it in the form of read-input.c: after Linux's input core, which leaves out what does not
change and names a slot only where something of it follows. They are the first that
touch0 has.
"""
import random
import sys

FINGERS = 10
MAX = 32767
SLOT, MAJOR, X, Y, ID = 47, 48, 53, 54, 57

frames, hertz = (int(argument) for argument in sys.argv[1:3])
next_id = 0
dice = random.Random(frames)
recording = ['# EVEMU 1.3', 'N: ten fingers', 'I: 0018 0001 0001 0001',
             'P: 02 00 00 00 00 00 00 00', 'B: 03 03 00 00 00 00 80 61 02']
recording += [f'A: {code:02x} 0 {most} 0 0 10' for code, most in (
    (0, MAX), (1, MAX), (SLOT, FINGERS - 1), (MAJOR, MAX), (X, MAX), (Y, MAX), (ID, 65535))]
expected = []

fingers = {}            # slot: its x, y, major and age
evdev = {}              # (slot, code): what the input core has
evdev_slot = 0          # as the reader knows it
single = {'touch': 0, 0: 0, 1: 0}
slot_said = 0           # by the recording


def frame_events(ending):
    """What the device says: (slot, code, value) and, of no slot, (None, code, value)."""
    for slot in range(FINGERS):
        if slot in ending:
            yield slot, ID, -1
        elif slot in changed:
            if changed[slot]:
                yield slot, ID, fingers[slot]['id']
            yield slot, X, fingers[slot]['x']
            yield slot, Y, fingers[slot]['y']
            yield slot, MAJOR, fingers[slot]['major']


for index in range(frames):
    changed = {}        # slot: whether it is new
    ending = []
    for slot in range(FINGERS):
        if slot in fingers:
            chance = dice.random()
            if chance < 0.005 or index == frames - 1:
                ending.append(slot)
            elif chance < 0.9:
                changed[slot] = False
        elif index < frames - 1 and not any(s not in fingers for s in range(slot)) and \
                dice.random() < 0.1:
            fingers[slot] = {'id': next_id}
            next_id += 1
            changed[slot] = True
    for slot in changed:
        fingers[slot] |= {'x': dice.randrange(MAX + 1), 'y': dice.randrange(MAX + 1),
                          'major': dice.randrange(500)}
    time = f'{index / hertz:.6f}'
    line = ''
    for slot, code, value in frame_events(ending):
        if slot != slot_said:
            recording.append(f'E: {time} 0003 {SLOT:04x} {slot:04d}')
            slot_said = slot
        recording.append(f'E: {time} 0003 {code:04x} {value:04d}')
        if evdev.get((slot, code), -1 if code == ID else 0) == value:
            continue
        evdev[slot, code] = value
        if slot != evdev_slot:
            line += f' 3/{SLOT}={slot}'
            evdev_slot = slot
        line += f' 3/{code}={value}'
    recording.append(f'E: {time} 0000 0000 0000')
    for slot in ending:
        del fingers[slot]
    oldest = min(fingers.values(), key=lambda finger: finger['id'], default=None)
    if changed or ending:
        if single['touch'] != bool(oldest):
            single['touch'] = int(bool(oldest))
            line += f' 1/330={single["touch"]}'
        if oldest:
            for code, name in (0, 'x'), (1, 'y'):
                if single[code] != oldest[name]:
                    single[code] = oldest[name]
                    line += f' 3/{code}={oldest[name]}'
    if line:
        expected.append('touch0' + line)

with open(sys.argv[3], 'w') as file:
    file.write('\n'.join(recording) + '\n')
with open(sys.argv[4], 'w') as file:
    file.write('\n'.join(expected) + '\n')
