# SPDX-License-Identifier: MIT
# bash completion for mullionctl(1)

_mullionctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local word skip=0 socket=() arguments=()

	# The words before the cursor, without options.
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [ $skip = 1 ]; then
			[ ${#socket[@]} = 1 ] && socket+=("$word")
			skip=0
			continue
		fi
		case $word in
		--socket) socket=(--socket) skip=1 ;;
		--memory | --seconds | --out | --head) skip=1 ;;
		-*) ;;
		*) arguments+=("$word") ;;
		esac
	done

	case $previous in
	--socket) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--seconds) mapfile -t COMPREPLY < <(compgen -W '1 5 10 60' -- "$cur"); return ;;
	--out) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--head) mapfile -t COMPREPLY < <(compgen -W '0 1 2 3' -- "$cur"); return ;;
	--memory) mapfile -t COMPREPLY < <(compgen -W '1G 2G 4G 8G' -- "$cur"); return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--socket --json --memory --seconds --out --head --fast --help --version' -- "$cur")
		return
	fi

	case ${#arguments[@]}/${arguments[0]-} in
	0/) word='list show screenshot view events restart set release head input trace record stats metrics timeline top screen vm-args version' ;;
	2/head | 1/show | 1/screenshot | 1/view | 1/restart | 1/set | 1/release | 1/input | 1/trace | 1/record | 1/vm-args)
		word=$(mullionctl "${socket[@]}" list 2>/dev/null |
			awk 'NR > 1 && $0 !~ /^[^ ]+: / { print $1 }') ;;
	2/input) word='tap key play' ;;
	*/input)
		case ${arguments[2]} in
		play) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
		key) word='KEY_ENTER KEY_ESC KEY_TAB KEY_SPACE KEY_LEFTCTRL KEY_LEFTALT KEY_LEFTSHIFT KEY_LEFTMETA' ;;
		tap) word='0 50%' ;;
		*) word= ;;
		esac ;;
	1/head) word='add remove set' ;;
	1/screen) word='list screenshot power brightness reload' ;;
	2/screen)
		word=
		case ${arguments[1]} in
		screenshot) word=OUTPUT ;;
		power | brightness) word=SCREEN ;;
		esac
		[ -z "$word" ] ||
			word=$(mullionctl "${socket[@]}" screen list 2>/dev/null | awk -v table="$word" \
				'$1 == table { on = 1; next } NF == 0 { on = 0 } on { print $1 }') ;;
	*/set)
		compopt -o nospace
		word='weight= cap= reservation= slice= hang-limit= strikes= memory= max-clients=
			max-deaths= max-contexts= max-resources= max-backing-entries= max-fences=
			trace-limit= record-limit=' ;;
	2/screenshot | 2/view) word='0 1 2 3' ;;
	3/screen)
		word='on off'
		[ "${arguments[1]}" != brightness ] || word='10% 50% 100%'
		if [ "${arguments[1]}" = screenshot ]; then
			compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return
		fi ;;
	3/screenshot | 2/record) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	2/vm-args) word='qemu libvirt' ;;
	3/head) word='0 1 2 3' ;;
	4/head) word='on off 1280x720 1920x1080 2560x1440' ;;
	*) word= ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -F _mullionctl mullionctl
