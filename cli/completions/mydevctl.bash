# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Tab in bash. What could stand there is for mydevctl to say (cli/answer.h), here it is only shown.

# Always the mydevctl that is installed: Tab behind ./mydevctl must not run what lies in the folder.
_mydevctl() {
	local line=${COMP_LINE:0:COMP_POINT} word=${2#=} answer
	mapfile -t answer < <(mydevctl --complete "$line" 2>/dev/null)
	if [[ ${answer[0]} == $'\tfiles' ]]; then
		compopt -o default
		return
	fi
	if [[ ${answer[0]} == $'\thosts' ]]; then
		_known_hosts_real -a -- "$word"
		return
	fi
	COMPREPLY=("${answer[@]%%$'\t'*}")
	if ((${#answer[@]} == 1)) && [[ ${answer[0]} == *$'\topen' ]]; then
		compopt -o nospace
	fi
	# To bash, a word begins behind =, and it wants no more than that.
	if [[ $COMP_WORDBREAKS == *=* && $line == *=?([\"\'])"$word" ]]; then
		COMPREPLY=("${COMPREPLY[@]#*=}")
	fi
} && complete -o nosort -F _mydevctl mydevctl
