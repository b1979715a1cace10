# SPDX-License-Identifier: MIT
# Makes a C string literal of a text file.
s/[\\"]/\\&/g
s/.*/"&\\n"/
