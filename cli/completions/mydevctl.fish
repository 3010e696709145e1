# SPDX-License-Identifier: GPL-2.0-only
# Tab in fish. What could stand there is for mydevctl to say (cli/answer.h), here it is only shown.

function __mydevctl_complete
    command --query mydevctl; or return
    set -l answer (mydevctl --complete (commandline -cp | string join ' ') 2>/dev/null)
    if test "$answer[1]" = \tfiles
        set -l word (commandline -ct)
        set -l option (string match --regex -- '^--[^=]+=' $word)
        string join \n -- "$option"(__fish_complete_path (string replace -- "$option" '' $word))
    else if test "$answer[1]" = \thosts
        set -l head (string match --regex -- '^(?:--[^=]+=)?(?:.*@)?' (commandline -ct))
        string join \n -- "$head"(__fish_print_hostnames)
    else
        string replace --regex '\topen$' '' -- $answer
    end
end

complete -c mydevctl --no-files --keep-order --arguments '(__mydevctl_complete)'
