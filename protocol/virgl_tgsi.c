/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

#include <string.h>

/*
 * A look at shader text before the renderer translates it. Its translator keeps
 * registers in tables of fixed size, and virglrenderer 0.10.4 trusts the text's
 * indices where later releases check them. So this is no parser of TGSI: it
 * walks words, numbers and brackets, and compares each number in a bracket with
 * the size of the table that the word before the bracket names:
 *
 *   DCL CONST[1][0..31]      TEX OUT[0], IN[ADDR[0].x+2](1), SAMP[3], 2D
 *             |  |   |                     |         |  |       |
 *            dim first last             nested   offset array  index
 */

/* What a word before a bracket may be. */
enum file {
	FILE_NONE,
	FILE_IN,
	FILE_OUT,
	FILE_SV,
	FILE_CONST,
	FILE_TEMP,
	FILE_ADDR,
	FILE_IMM,
	FILE_SAMP,
	FILE_SVIEW,
	FILE_IMAGE,
	FILE_BUFFER,
	FILE_MEMORY,
	FILE_HWATOMIC,
	FILE_END,
};

/* Greatest index, and greatest first index of two where that is another table. */
static const struct {
	const char *name;
	uint16_t max, max_dim;
} files[FILE_END] = {
	[FILE_NONE] = { "", 63, 63 }, /* semantics: GENERIC[3] */
	[FILE_IN] = { "IN", 79, 79 },
	[FILE_OUT] = { "OUT", 79, 79 },
	[FILE_SV] = { "SV", 79, 79 },
	[FILE_CONST] = { "CONST", 32767, VIRGL_MAX_UNIFORM_BUFFERS - 1 },
	[FILE_TEMP] = { "TEMP", 32767, 32767 },
	[FILE_ADDR] = { "ADDR", 31, 31 },
	[FILE_IMM] = { "IMM", 1023, 1023 },
	[FILE_SAMP] = { "SAMP", VIRGL_MAX_SAMPLERS - 1, VIRGL_MAX_SAMPLERS - 1 },
	[FILE_SVIEW] = { "SVIEW", VIRGL_MAX_SAMPLERS - 1, VIRGL_MAX_SAMPLERS - 1 },
	[FILE_IMAGE] = { "IMAGE", VIRGL_MAX_SHADER_IMAGES - 1, VIRGL_MAX_SHADER_IMAGES - 1 },
	[FILE_BUFFER] = { "BUFFER", VIRGL_MAX_SHADER_BUFFERS - 1, VIRGL_MAX_SHADER_BUFFERS - 1 },
	[FILE_MEMORY] = { "MEMORY", 31, 31 },
	[FILE_HWATOMIC] = { "HWATOMIC", 32767, VIRGL_MAX_ATOMIC_BUFFERS - 1 },
};

#define MAX_DECLARED 64 /* inputs or outputs */
#define MAX_IO_ARRAYS 79
#define MAX_ARRAYS 1023
#define MAX_DEPTH 3
#define MAX_WORD 64
/* How far the translator jumps from the start of a hexadecimal number, unseeing. */
#define FLOAT_CHARACTERS 10
#define DOUBLE_CHARACTERS 22

struct bracket {
	enum file file;
	uint32_t number; /* the last one */
	bool range;      /* ".." came after it */
	bool indirect;   /* a register was in it */
};

struct scan {
	const char *at, *end;
	struct bracket brackets[MAX_DEPTH + 1]; /* [0] is outside of all */
	uint32_t depth;
	enum file word;   /* the file that the last word names */
	enum file closed; /* of the bracket just closed */
	uint32_t closed_number;
	bool after_bracket, after_word, after_array;
	bool declaring; /* DCL was the last word */
	enum file declared;
	uint32_t n_inputs, n_outputs;
	bool declares_constants; /* DCL CONST, whose bracket is still to come */
	bool counted;            /* that bracket was the last thing */
	/* As the renderer counts them; and without the last, whose bracket may be of two. */
	uint32_t n_constants, n_constants_before;
	bool wants_immediate; /* the instruction has no other operand */
	bool doubles;
	const char *reason;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void refuse(struct scan *scan, const char *reason)
{
	scan->reason = reason;
	scan->at = scan->end;
}

/* In capitals, as the translator reads it. Longer words than any known are cut. */
static void read_word(struct scan *scan, char word[static MAX_WORD])
{
	size_t len = 0;
	for (; scan->at < scan->end && (is_letter(*scan->at) || is_digit(*scan->at)); scan->at++) {
		char c = *scan->at;
		if (len < MAX_WORD - 1)
			word[len++] = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
	}
	word[len] = '\0';
}

static enum file find_file(const char *word)
{
	for (enum file file = FILE_IN; file < FILE_END; file++)
		if (word[0] == files[file].name[0] && strcmp(word, files[file].name) == 0)
			return file;
	return FILE_NONE;
}

/* The instruction itself, or one of its variants. */
static bool is_instruction(const char *word, const char *name)
{
	size_t len = strlen(name);
	return strncmp(word, name, len) == 0 && (word[len] == '\0' || word[len] == '_');
}

static bool takes_immediate(const char *word)
{
	if (word[0] != 'E' && word[0] != 'M')
		return false;
	return is_instruction(word, "EMIT") || is_instruction(word, "ENDPRIM") ||
	       is_instruction(word, "MEMBAR");
}

static void declare(struct scan *scan, enum file file)
{
	scan->declared = file;
	scan->n_inputs += file == FILE_IN;
	scan->n_outputs += file == FILE_OUT;
	scan->declares_constants = file == FILE_CONST;
	if (scan->n_inputs > MAX_DECLARED || scan->n_outputs > MAX_DECLARED)
		refuse(scan, "shader with too many inputs or outputs");
}

static void scan_word(struct scan *scan)
{
	char word[MAX_WORD];
	read_word(scan, word);
	enum file file = find_file(word);
	if (scan->declaring)
		declare(scan, file);
	if (file != FILE_NONE && scan->wants_immediate && file != FILE_IMM)
		refuse(scan, "shader operand is not an immediate");
	if (file != FILE_NONE)
		scan->wants_immediate = false;
	if (takes_immediate(word))
		scan->wants_immediate = true;
	scan->declaring = strcmp(word, "DCL") == 0;
	scan->counted = false;
	scan->after_array = strcmp(word, "ARRAY") == 0;
	scan->doubles |= strcmp(word, "FLT64") == 0;
	scan->word = file;
	scan->after_word = true;
	scan->after_bracket = false;
}

static void scan_hex(struct scan *scan)
{
	size_t left = scan->end - scan->at;
	if (left < FLOAT_CHARACTERS || (scan->doubles && left < DOUBLE_CHARACTERS)) {
		refuse(scan, "shader ends in a number");
		return;
	}
	for (int i = 2; i < FLOAT_CHARACTERS; i++) {
		if (!is_hex(scan->at[i])) {
			refuse(scan, "shader number is not of 8 digits");
			return;
		}
	}
	scan->at += FLOAT_CHARACTERS;
}

static void scan_index(struct scan *scan, uint32_t value)
{
	struct bracket *bracket = &scan->brackets[scan->depth];
	if (value > files[bracket->file].max)
		refuse(scan, "shader register beyond its table");
	else if (bracket->range && bracket->number > value)
		refuse(scan, "shader range from high to low");
	bracket->number = value;
	bracket->range = false;
}

static void scan_array(struct scan *scan, enum file file, uint32_t value)
{
	bool io = file == FILE_IN || file == FILE_OUT || file == FILE_NONE;
	if (value > (io ? MAX_IO_ARRAYS : MAX_ARRAYS))
		refuse(scan, "shader array beyond its table");
}

static void skip_white(struct scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n'))
		scan->at++;
}

static uint32_t read_number(struct scan *scan)
{
	uint32_t value = 0;
	for (; scan->at < scan->end && is_digit(*scan->at); scan->at++)
		if (value <= UINT16_MAX)
			value = value * 10 + (*scan->at - '0');
	return value;
}

static void scan_number(struct scan *scan)
{
	if (scan->end - scan->at > 1 && scan->at[0] == '0' && scan->at[1] == 'x') {
		scan_hex(scan);
		return;
	}
	uint32_t value = read_number(scan);
	if (scan->depth > 0)
		scan_index(scan, value);
	scan->after_word = scan->after_bracket = scan->after_array = false;
}

/* "ARRAY(1)" of a declaration, "](1)" of an operand; a second bracket may follow that one */
static void scan_parenthesis(struct scan *scan)
{
	enum file file = scan->after_array ? scan->declared : scan->closed;
	if (!scan->after_array && !scan->after_bracket) {
		scan->at++;
		return;
	}
	scan->at++;
	skip_white(scan);
	scan_array(scan, file, read_number(scan));
	skip_white(scan);
	if (scan->at < scan->end && *scan->at == ')')
		scan->at++;
}

static void scan_open(struct scan *scan)
{
	enum file file = scan->after_word ? scan->word : FILE_NONE;
	scan->at++;
	if (scan->after_bracket) {
		file = scan->closed;
		if (scan->counted) /* not constants but a uniform buffer */
			scan->n_constants = scan->n_constants_before;
		if (scan->closed_number > files[file].max_dim) {
			refuse(scan, "shader register beyond its table");
			return;
		}
	}
	if (scan->depth == MAX_DEPTH) {
		refuse(scan, "shader with too many brackets");
		return;
	}
	scan->brackets[++scan->depth] = (struct bracket){ .file = file };
	scan->after_word = scan->after_bracket = false;
}

/*
 * DCL CONST[0..31], and DCL CONST[0] for one more. The renderer reads as many as
 * there are from what the guest sent, and that is given this size in advance.
 */
static void count_constants(struct scan *scan, uint32_t last)
{
	scan->n_constants_before = scan->n_constants;
	if (last == 0)
		scan->n_constants++;
	else if (scan->n_constants < last + 1)
		scan->n_constants = last + 1;
	scan->declares_constants = false;
	scan->counted = true;
}

static void scan_close(struct scan *scan)
{
	scan->at++;
	if (scan->depth == 0) {
		refuse(scan, "shader with too many brackets");
		return;
	}
	if (scan->declares_constants && scan->depth == 1)
		count_constants(scan, scan->brackets[1].number);
	scan->closed = scan->brackets[scan->depth].file;
	scan->closed_number = scan->brackets[scan->depth].number;
	scan->brackets[--scan->depth].indirect = true;
	scan->after_bracket = true;
	scan->after_word = false;
}

/* An offset from a register may be negative, where the renderer looks nothing up by it. */
static bool may_be_negative(const struct bracket *bracket)
{
	return bracket->indirect && (bracket->file == FILE_TEMP || bracket->file == FILE_CONST);
}

static void scan_other(struct scan *scan)
{
	char c = *scan->at;
	if (c == '-' && scan->depth > 0 && !may_be_negative(&scan->brackets[scan->depth])) {
		refuse(scan, "shader register below its table");
		return;
	}
	scan->at++;
	if (c == ' ' || c == '\t' || c == '\n')
		return;
	if (c == '.' && scan->at < scan->end && *scan->at == '.')
		scan->brackets[scan->depth].range = true;
	scan->after_word = scan->after_bracket = scan->after_array = false;
}

const char *virgl_tgsi_check(const char *text, size_t len)
{
	struct scan scan = { .at = text, .end = text + len };
	while (scan.at < scan.end) {
		char c = *scan.at;
		if (is_letter(c))
			scan_word(&scan);
		else if (is_digit(c))
			scan_number(&scan);
		else if (c == '[')
			scan_open(&scan);
		else if (c == ']')
			scan_close(&scan);
		else if (c == '(')
			scan_parenthesis(&scan);
		else
			scan_other(&scan);
	}
	if (!scan.reason && scan.n_constants > VIRGL_MAX_CONSTANTS)
		return "shader with too many constants";
	if (!scan.reason && scan.depth > 0)
		return "shader ends in a bracket";
	return scan.reason;
}
