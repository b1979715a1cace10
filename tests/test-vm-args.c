/* SPDX-License-Identifier: MIT */
/* What VMMs are told: exact texts, and paths that shells, QEMU and XML take apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/vm_args.h"

#define AGENT "/a,b/agent.sock"
#define AGENT_CHARDEV "socket,id=mullion-agent,path=/a,,b/agent.sock,reconnect=1"
#define AGENT_PORT                                                                                 \
	"virtserialport,bus=mullion-serial.0,chardev=mullion-agent,name=org.mullion.agent"

static char *print(const char *vmm, const char *socket, uint32_t n_heads, uint64_t memory_bytes)
{
	const struct vm_args_format *format = vm_args_find(vmm);

	assert_non_null(format);
	assert_string_equal(format->name, vmm);
	assert_non_null(format->notes[0]);
	char *text = format->print(&(struct vm_args){
		.gpu_socket = socket, .agent_socket = AGENT, .n_heads = n_heads, .memory_bytes = memory_bytes });
	assert_non_null(text);
	return text;
}

static void test_qemu(void **state)
{
	char *text = print("qemu", "/run/mullion/a/gpu.sock", 2, VM_ARGS_MEMORY_DEFAULT);

	assert_string_equal(text,
		"-m 2048M \\\n"
		"-object memory-backend-memfd,id=mullion-memory,size=2048M,share=on \\\n"
		"-machine memory-backend=mullion-memory \\\n"
		"-chardev socket,id=mullion-gpu,path=/run/mullion/a/gpu.sock \\\n"
		"-device vhost-user-gpu-pci,chardev=mullion-gpu,max_outputs=2 \\\n"
		"-chardev " AGENT_CHARDEV " \\\n"
		"-device virtio-serial-pci,id=mullion-serial \\\n"
		"-device " AGENT_PORT " \\\n"
		"-vga none \\\n"
		"-display none\n");
	free(text);
}

/* Each input device has a socket and a device; many share slots of the bus. */
static void test_inputs(void **state)
{
	struct vm_args_input inputs[35];
	char sockets[35][32], names[35][12];
	struct vm_args args = {
		.gpu_socket = "/g", .agent_socket = "/a", .n_heads = 1,
		.memory_bytes = VM_ARGS_MEMORY_DEFAULT, .inputs = inputs, .n_inputs = 2,
	};

	for (uint32_t i = 0; i < 35; i++) {
		snprintf(names[i], sizeof(names[i]), "touch%u", i);
		snprintf(sockets[i], sizeof(sockets[i]), "/a,b/touch%u.sock", i);
		inputs[i] = (struct vm_args_input){ names[i], sockets[i] };
	}
	char *text = vm_args_find("qemu")->print(&args);
	assert_non_null(strstr(text,
		"-chardev socket,id=mullion-touch0,path=/a,,b/touch0.sock \\\n"
		"-device vhost-user-input-pci,chardev=mullion-touch0 \\\n"
		"-chardev socket,id=mullion-touch1,path=/a,,b/touch1.sock \\\n"
		"-device vhost-user-input-pci,chardev=mullion-touch1 \\\n"));
	free(text);
	args.n_inputs = 35;
	text = vm_args_find("qemu")->print(&args);
	assert_non_null(strstr(text,
		"-device vhost-user-input-pci,chardev=mullion-touch34,multifunction=on,addr=0x18.2 "));
	free(text);
}

/* What a shell makes of the text is what QEMU is to get. */
static void test_shell(void **state)
{
	static const char socket[] = "/tmp/it's, \"so\" $HOME `x` \\ \xc3\xbc/gpu.sock";
	static const char *const expected[] = {
		"-m\n",
		"512M\n",
		"-object\n",
		"memory-backend-memfd,id=mullion-memory,size=512M,share=on\n",
		"-machine\n",
		"memory-backend=mullion-memory\n",
		"-chardev\n",
		/* QEMU takes two commas for one */
		"socket,id=mullion-gpu,path=/tmp/it's,, \"so\" $HOME `x` \\ \xc3\xbc/gpu.sock\n",
		"-device\n",
		"vhost-user-gpu-pci,chardev=mullion-gpu,max_outputs=16\n",
		"-chardev\n",
		AGENT_CHARDEV "\n",
		"-device\n",
		"virtio-serial-pci,id=mullion-serial\n",
		"-device\n",
		AGENT_PORT "\n",
		"-vga\n",
		"none\n",
		"-display\n",
		"none\n",
	};
	char *text = print("qemu", socket, 16, 512 << 20);
	char command[2048], line[512];

	snprintf(command, sizeof(command), "printf '%%s\\n' %s", text);
	FILE *shell = popen(command, "r");
	assert_non_null(shell);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_non_null(fgets(line, sizeof(line), shell));
		assert_string_equal(line, expected[i]);
	}
	assert_null(fgets(line, sizeof(line), shell));
	assert_int_equal(pclose(shell), 0);
	free(text);
}

static void test_libvirt(void **state)
{
	char *text = print("libvirt", "/a'b<c>&,/gpu.sock", 1, VM_ARGS_MEMORY_DEFAULT);

	assert_string_equal(text,
		"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		"  <memoryBacking>\n"
		"    <source type='memfd'/>\n"
		"    <access mode='shared'/>\n"
		"  </memoryBacking>\n"
		"  <devices>\n"
		"    <video>\n"
		"      <model type='none'/>\n"
		"    </video>\n"
		"  </devices>\n"
		"  <qemu:commandline>\n"
		"    <qemu:arg value='-chardev'/>\n"
		"    <qemu:arg "
		"value='socket,id=mullion-gpu,path=/a&apos;b&lt;c&gt;&amp;,,/gpu.sock'/>\n"
		"    <qemu:arg value='-device'/>\n"
		"    <qemu:arg value='vhost-user-gpu-pci,chardev=mullion-gpu,max_outputs=1'/>\n"
		"    <qemu:arg value='-chardev'/>\n"
		"    <qemu:arg value='" AGENT_CHARDEV "'/>\n"
		"    <qemu:arg value='-device'/>\n"
		"    <qemu:arg value='virtio-serial-pci,id=mullion-serial'/>\n"
		"    <qemu:arg value='-device'/>\n"
		"    <qemu:arg value='" AGENT_PORT "'/>\n"
		"  </qemu:commandline>\n"
		"</domain>\n");
	free(text);
}

static void test_find(void **state)
{
	assert_null(vm_args_find("crosvm"));
	assert_null(vm_args_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_libvirt),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
