/* SPDX-License-Identifier: MIT */
/*
 * QEMU's arguments for a shell, and libvirt's XML. libvirt's own element for a
 * vhost-user GPU (<driver name='vhostuser'/>) starts a back end itself and has
 * no way to name a socket, so its XML passes QEMU's arguments through.
 */
#include "daemon/vm_args.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/input.h"

#define VM_ARGS_MAX (24 + 4 * INPUT_DEVICES)
/* Beyond so many, input devices share slots of the PCI bus, eight a slot, from here on. */
#define INPUTS_WITH_SLOTS 10
#define INPUT_FIRST_SLOT 0x14

struct vm_args_list {
	char *argv[VM_ARGS_MAX]; /* pairs: an option and its value */
	size_t n;
	bool failed;
};

__attribute__((format(printf, 3, 4))) static void list_add(
	struct vm_args_list *list, const char *option, const char *fmt, ...)
{
	va_list args;

	if (list->failed || list->n + 2 > VM_ARGS_MAX) {
		list->failed = true;
		return;
	}
	char *value = NULL;
	va_start(args, fmt);
	if (vasprintf(&value, fmt, args) < 0)
		value = NULL;
	va_end(args);
	list->argv[list->n] = strdup(option);
	list->argv[list->n + 1] = value;
	list->failed = !list->argv[list->n] || !value;
	list->n += 2;
}

static void list_finish(struct vm_args_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->argv[i]);
}

/* QEMU's option parser takes two commas for one. malloc'ed or NULL. */
static char *qemu_escape(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1);
	char *to = escaped;

	if (!escaped)
		return NULL;
	for (; *text; text++) {
		if (*text == ',')
			*to++ = ',';
		*to++ = *text;
	}
	*to = '\0';
	return escaped;
}

static void list_add_input(struct vm_args_list *list, const struct vm_args *args, uint32_t i)
{
	const struct vm_args_input *input = &args->inputs[i];
	char *socket = qemu_escape(input->socket);

	if (!socket) {
		list->failed = true;
		return;
	}
	list_add(list, "-chardev", "socket,id=mullion-%s,path=%s", input->name, socket);
	if (args->n_inputs <= INPUTS_WITH_SLOTS)
		list_add(list, "-device", "vhost-user-input-pci,chardev=mullion-%s", input->name);
	else
		list_add(list, "-device",
			"vhost-user-input-pci,chardev=mullion-%s,multifunction=on,addr=%#x.%u",
			input->name, INPUT_FIRST_SLOT + i / 8, i % 8);
	free(socket);
}

static void list_add_devices(struct vm_args_list *list, const struct vm_args *args)
{
	char *gpu = qemu_escape(args->gpu_socket);
	char *agent = qemu_escape(args->agent_socket);

	if (gpu && agent) {
		list_add(list, "-chardev", "socket,id=mullion-gpu,path=%s", gpu);
		list_add(list, "-device",
			"vhost-user-gpu-pci,chardev=mullion-gpu,max_outputs=%" PRIu32, args->n_heads);
		list_add(list, "-chardev", "socket,id=mullion-agent,path=%s,reconnect=1", agent);
		list_add(list, "-device", "virtio-serial-pci,id=mullion-serial");
		list_add(list, "-device",
			"virtserialport,bus=mullion-serial.0,chardev=mullion-agent,"
			"name=org.mullion.agent");
	} else {
		list->failed = true;
	}
	free(gpu);
	free(agent);
	for (uint32_t i = 0; i < args->n_inputs; i++)
		list_add_input(list, args, i);
}

static bool shell_is_plain(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789%+,-./:=@_")] == '\0';
}

static void shell_print(FILE *out, const char *text)
{
	if (shell_is_plain(text)) {
		fputs(text, out);
		return;
	}
	putc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			putc(*text, out);
	}
	putc('\'', out);
}

static void xml_print(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '\'':
			fputs("&apos;", out);
			break;
		default:
			putc(*text, out);
			break;
		}
	}
}

static void qemu_write(FILE *out, const struct vm_args_list *list)
{
	for (size_t i = 0; i < list->n; i += 2) {
		shell_print(out, list->argv[i]);
		putc(' ', out);
		shell_print(out, list->argv[i + 1]);
		fputs(i + 2 < list->n ? " \\\n" : "\n", out);
	}
}

static void libvirt_write(FILE *out, const struct vm_args_list *list)
{
	fputs("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
	      "  <memoryBacking>\n"
	      "    <source type='memfd'/>\n"
	      "    <access mode='shared'/>\n"
	      "  </memoryBacking>\n"
	      "  <devices>\n"
	      "    <video>\n"
	      "      <model type='none'/>\n"
	      "    </video>\n"
	      "  </devices>\n"
	      "  <qemu:commandline>\n",
		out);
	for (size_t i = 0; i < list->n; i++) {
		fputs("    <qemu:arg value='", out);
		xml_print(out, list->argv[i]);
		fputs("'/>\n", out);
	}
	fputs("  </qemu:commandline>\n"
	      "</domain>\n",
		out);
}

/* Writes the list to a string and finishes it. */
static char *list_print(
	struct vm_args_list *list, void (*write)(FILE *out, const struct vm_args_list *list))
{
	char *text = NULL;
	size_t size;
	FILE *out = list->failed ? NULL : open_memstream(&text, &size);

	if (out) {
		write(out, list);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	list_finish(list);
	return text;
}

static char *qemu_print(const struct vm_args *args)
{
	struct vm_args_list list = { .n = 0 };
	uint64_t memory_mib = args->memory_bytes >> 20;

	list_add(&list, "-m", "%" PRIu64 "M", memory_mib);
	list_add(&list, "-object",
		"memory-backend-memfd,id=mullion-memory,size=%" PRIu64 "M,share=on", memory_mib);
	list_add(&list, "-machine", "memory-backend=mullion-memory");
	list_add_devices(&list, args);
	list_add(&list, "-vga", "none");
	list_add(&list, "-display", "none");
	return list_print(&list, qemu_write);
}

static char *libvirt_print(const struct vm_args *args)
{
	struct vm_args_list list = { .n = 0 };

	list_add_devices(&list, args);
	return list_print(&list, libvirt_write);
}

static const char *const qemu_notes[] = {
	"The VM's memory must be shared with Mullion: keep share=on, and -m equal to size=.",
	"The heads are windows of Mullion's, so QEMU needs no display; QEMU 10.0 ends if it "
	"has -vnc beside this device.",
	"QEMU does not tell the guest of heads that change: install mullion-guest-agent there.",
	"QEMU 7.2 (Debian 12) takes this device with KVM only; QEMU 10.0 (bookworm-backports) "
	"without, too.",
	NULL,
};

static const char *const libvirt_notes[] = {
	"Merge these elements into the domain's XML ('virsh edit'), the xmlns:qemu attribute "
	"included, and remove its other <video> and <graphics> elements.",
	"QEMU must be able to connect to the socket: for qemu:///system run mulliond as root with "
	"socket-group set to QEMU's group (Debian: libvirt-qemu), and allow the path in "
	"AppArmor's or SELinux's rules for QEMU; for qemu:///session run it as the same user.",
	NULL,
};

static const struct vm_args_format formats[] = {
	{ "qemu", qemu_print, qemu_notes },
	{ "libvirt", libvirt_print, libvirt_notes },
};

const struct vm_args_format *vm_args_find(const char *vmm)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, vmm) == 0)
			return &formats[i];
	}
	return NULL;
}
