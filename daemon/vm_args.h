/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_VM_ARGS_H
#define DAEMON_VM_ARGS_H

/* What a VMM needs to be told so that its VM has a guest's devices: pure text. */

#include <stdint.h>

struct vm_args {
	const char *gpu_socket, *agent_socket;
	uint32_t n_heads;
	uint64_t memory_bytes; /* of the VM; a multiple of 1 MiB */
	const struct vm_args_input {
		const char *name, *socket; /* "touch0" and where it is served */
	} *inputs;
	uint32_t n_inputs;
};

#define VM_ARGS_MEMORY_DEFAULT (UINT64_C(2) << 30)

struct vm_args_format {
	const char *name; /* "qemu", "libvirt" */
	/* malloc'ed, or NULL with errno. */
	char *(*print)(const struct vm_args *args);
	const char *const *notes; /* sentences for whoever pastes it; NULL ends them */
};

/* NULL: there is no such VMM. */
const struct vm_args_format *vm_args_find(const char *vmm);

#endif
