# The names of Linux's keys and buttons, of their #defines.
s/^#define \(\(KEY\|BTN\)_[A-Z0-9_]*\) .*/{ "\1", \1 },/p
