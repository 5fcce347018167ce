#!/bin/sh
# Stands for the programs that lockgate-data calls, by the name it is called by: what they would do to a card is kept in
# files of CARD, after the call whose number is in CARD/cut the power goes, and what stands in CARD/broken does not work.
name=${0##*/}
state=$CARD/state
last=
for word in "$@"; do
    before=$last last=$word
done
echo "$name $*" >>"$CARD/done"

# after OPTION ...: the word that follows it
after() {
    option=$1
    shift
    while [ "$1" != "$option" ]; do shift; done
    echo "$2"
}

act() {
    grep -qsx "$name $1" "$CARD/broken" && return 1
    case "$name $1 $2" in
        "sfdisk --part-type "*) cat "$state/kind" ;;
        sfdisk*)
            case " $* " in
                *" --part-type "*) echo "$last" >"$state/kind" ;;
                *) [ "$(cat)" = ,+ ] && after -N "$@" >>"$state/grown" ;;
            esac
            ;;
        "cryptsetup luksFormat "*)
            rm -f "$state/token" "$state/ext4"
            after --cipher "$@" >"$state/cipher"
            cat >"$state/key"
            date +%N >"$state/header"
            ;;
        "cryptsetup open "*)
            [ -e "$state/header" ] && [ -s "$state/key" ] && [ "$(cat)" = "$(cat "$state/key")" ] && touch "$CARD/opened"
            ;;
        "cryptsetup token import") [ -e "$state/header" ] && cat >"$state/token" ;;
        "cryptsetup token export") [ -e "$state/header" ] && sed 's,/,\\/,g' "$state/token" ;;
        "cryptsetup erase "*) [ -e "$state/header" ] && : >"$state/key" ;;
        dd*) rm -f "$state/header" "$state/key" "$state/token" "$state/ext4" ;;
        blkdiscard*) return 1 ;; # this card cannot
        e2fsck*) [ -e "$CARD/opened" ] && [ -e "$state/ext4" ] || return 8 ;;
        mke2fs*)
            [ -e "$CARD/opened" ] && [ "$last" = /dev/mapper/data ] || return 1
            rm -rf "$CARD/root/data" && mkdir "$CARD/root/data" && touch "$state/ext4"
            ;;
        mount*)
            case $before in
                /dev/mapper/data) [ -e "$CARD/opened" ] && [ -e "$state/ext4" ] ;;
                card1 | */lockgate-data/card) rmdir "$last" && ln -s "$CARD/boot" "$last" ;;
                *) return 32 ;;
            esac
            ;;
        umount*) rm "$last" && mkdir "$last" ;;
        modprobe* | sync* | partx* | sleep* | systemctl*) ;;
        *) return 99 ;;
    esac
}

act "$@"
code=$?
if [ "$(wc -l <"$CARD/done")" = "$(cat "$CARD/cut")" ]; then
    kill -KILL 0
fi
exit $code
