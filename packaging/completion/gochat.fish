# fish completion for gochat; made by: gochat completion fish
complete -c gochat -f
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a invite -d 'print one line with which a friend joins the room'
complete -c gochat -n '__fish_seen_subcommand_from invite' -l force -d 'overwrites the file that is there'
complete -c gochat -n '__fish_seen_subcommand_from invite' -l qr -d 'shows the invite as a QR code, too, for a phone'\''s camera'
complete -c gochat -n '__fish_seen_subcommand_from invite' -l out -d 'writes the invite to a file that only you can read, instead of to standard output' -r -F
complete -c gochat -n '__fish_seen_subcommand_from invite' -l guest-token -d 'a token for the friend, made by the operator of a bootnode that takes only those it invited' -x
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a join -d 'join a room by an invite, the line that gochat invite or /invite made'
complete -c gochat -n '__fish_seen_subcommand_from join' -l invite-file -d 'reads the invite from a file' -r -F
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a send -d 'send one message and wait until it is delivered'
complete -c gochat -n '__fish_seen_subcommand_from send' -l to -d 'sends to whoever has this key, or whom you have verified under this nick, instead of to a room' -x
complete -c gochat -n '__fish_seen_subcommand_from send' -l timeout -d 'how long to wait for delivery' -x
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a tail -d 'print what was said in a room'
complete -c gochat -n '__fish_seen_subcommand_from tail' -l since -d 'only what is younger' -x
complete -c gochat -n '__fish_seen_subcommand_from tail' -l limit -d 'at most so many messages, the newest' -x
complete -c gochat -n '__fish_seen_subcommand_from tail' -l follow -d 'goes on printing what a running gochat receives'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a on -d 'run a command for each message'
complete -c gochat -n '__fish_seen_subcommand_from on' -a '--'
complete -c gochat -n '__fish_seen_subcommand_from on' -l timeout -d 'how long a command may run' -x
complete -c gochat -n '__fish_seen_subcommand_from on' -l verified -d 'runs it for messages of the member of this nick whom you have verified' -x
complete -c gochat -n '__fish_seen_subcommand_from on' -l key -d 'runs it for messages of whoever has this key' -x
complete -c gochat -n '__fish_seen_subcommand_from on' -l anyone -d 'runs it for everybody'\''s messages, also those of strangers'
complete -c gochat -n '__fish_seen_subcommand_from on' -l match -d 'only for messages whose text this regular expression finds something in' -x
complete -c gochat -n '__fish_seen_subcommand_from on' -l max -d 'so many commands run at a time' -x
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a attach -d 'show a gochat that runs in the background, in any terminal'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a detach -d 'have all terminals leave the gochat in the background, which goes on'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a stop -d 'end the gochat in the background'
complete -c gochat -n '__fish_seen_subcommand_from stop' -l timeout -d 'how long to wait for the end' -x
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a search -d 'print the messages that have all these words, the newest last'
complete -c gochat -n '__fish_seen_subcommand_from search' -l since -d 'only what is younger' -x
complete -c gochat -n '__fish_seen_subcommand_from search' -l limit -d 'at most so many messages, the newest' -x
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a export -d 'write a room'\''s history to a file, sealed for those who know the room'
complete -c gochat -n '__fish_seen_subcommand_from export' -F
complete -c gochat -n '__fish_seen_subcommand_from export' -l since -d 'only what is younger' -x
complete -c gochat -n '__fish_seen_subcommand_from export' -l force -d 'overwrites the file that is there'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a import -d 'read a file that gochat export wrote'
complete -c gochat -n '__fish_seen_subcommand_from import' -F
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a key -d 'show your key, or carry it to another machine in a file sealed with a passphrase'
complete -c gochat -n '__fish_seen_subcommand_from key' -a 'show export import'
complete -c gochat -n '__fish_seen_subcommand_from key' -F
complete -c gochat -n '__fish_seen_subcommand_from key' -l key-passphrase-file -d 'reads the passphrase of the exported key' -r -F
complete -c gochat -n '__fish_seen_subcommand_from key' -l force -d 'of import, replaces the key that is there, and keeps that beside'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a lock -d 'seal key, history and search index with a passphrase'
complete -c gochat -n '__fish_seen_subcommand_from lock' -l new-passphrase-file -d 'reads the passphrase that a locked profile gets instead of its present one' -r -F
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a unlock -d 'take the passphrase away'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a config -d 'print every setting and where it came from'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a doctor -d 'say what the network does, what that means for reaching others, and what to do'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a bootnode -d 'ask or tell the bootnode that runs on this machine'
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -a 'status peers rooms bans kick ban unban notice motd drain reload'
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -l to -d 'of drain, where its members are sent, another bootnode and its key' -x
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -l for -d 'of kick and ban, how long' -x
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -l reason -d 'of kick and ban, what they are told' -x
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -l in -d 'of drain, stop after this time at the latest' -x
complete -c gochat -n '__fish_seen_subcommand_from bootnode' -l cancel -d 'of drain, stay after all'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a healthcheck -d 'ask the bootnode whether it answers'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a completion -d 'print what makes a shell complete commands and options'
complete -c gochat -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a man -d 'print a page of the manual'
complete -c gochat -n '__fish_seen_subcommand_from man' -a 'gochat gochat-bootnode'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a version -d 'print the version and how it was built'
complete -c gochat -n 'not __fish_seen_subcommand_from invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' -a help -d 'print how gochat is used, how one command is, or all options'
complete -c gochat -n '__fish_seen_subcommand_from help' -a 'invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help options'
complete -c gochat -l mode -d 'talk in a room, or introduce those who do' -x -a 'client bootnode'
complete -c gochat -l room -d 'the room to join' -x
complete -c gochat -l bootnode -d 'bootnodes to use' -x
complete -c gochat -l bootnode-key -d 'the key the bootnode must have' -x
complete -c gochat -l nick -d 'the name others see' -x
complete -c gochat -l secret -d 'makes the room private' -x
complete -c gochat -l secret-file -d 'reads the secret from a file' -r -F
complete -c gochat -l ui -d 'how the room is shown' -x -a 'auto tui plain json'
complete -c gochat -l theme -d 'colours of the full screen, of the terminal'\''s own 16' -x -a 'auto dark light mono'
complete -c gochat -l notify -d 'how the full screen calls you while another window is in front' -x -a 'auto bell osc9 osc777 off'
complete -c gochat -l typing -d 'who learns that somebody is writing' -x -a 'both send receive off'
complete -c gochat -l port -d 'local UDP port' -x
complete -c gochat -l relay-only -d 'shows your address to no member'
complete -c gochat -l direct -d 'who learns your address' -x -a 'always verified'
complete -c gochat -l no-portmap -d 'does not ask the router to forward a port here'
complete -c gochat -l no-birthday -d 'never guesses the ports of a symmetric NAT, which takes up to 1,024 small packets'
complete -c gochat -l stun -d 'STUN servers to ask besides the bootnodes, which tell more of your NAT by it' -x
complete -c gochat -l drain -d 'how long to wait for delivery at the end of input' -x
complete -c gochat -l ephemeral -d 'keeps nothing on disk of what is said and learned'
complete -c gochat -l keep -d 'how long messages are kept' -x
complete -c gochat -l keep-size -d 'how much of a room is kept' -x
complete -c gochat -l passphrase-file -d 'reads the passphrase of a locked profile from a file' -r -F
complete -c gochat -l listen -d 'addresses to listen on' -x
complete -c gochat -l listen-ws -d 'addresses to take WebSockets on, over TCP, for networks that let no UDP through' -x
complete -c gochat -l tls-cert -d 'certificate chain for the WebSockets, as PEM' -r -F
complete -c gochat -l tls-key -d 'private key of --tls-cert, as PEM' -r -F
complete -c gochat -l stun-port -d 'second port for STUN' -x
complete -c gochat -l max-members -d 'members admitted to one room' -x
complete -c gochat -l relay-rate -d 'bytes a second each member may send through the relay' -x
complete -c gochat -l relay-burst -d 'bytes a member that was silent may send at once' -x
complete -c gochat -l relay-total -d 'bytes a second the relay carries in all, shared evenly among those who send' -x
complete -c gochat -l relay-quota -d 'bytes each member may send through the relay in an hour or a day' -x
complete -c gochat -l mailbox-dir -d 'keeps sealed messages for members who are away, here on disk' -x -a '(__fish_complete_directories)'
complete -c gochat -l mailbox-ttl -d 'how long a message waits in the mailbox' -x
complete -c gochat -l mailbox-max -d 'how much the mailbox takes in all' -x
complete -c gochat -l mailbox-per-user -d 'messages the mailbox keeps for one member of a room' -x
complete -c gochat -l limit-loopback -d 'applies the limits per address to this machine too'
complete -c gochat -l metrics-listen -d 'address to show counts and health on over HTTP' -x
complete -c gochat -l pprof -d 'shows Go'\''s profiles there, too, at /debug/pprof/'
complete -c gochat -l hook -d 'command to run when something happens, with the event as JSON on its input' -x
complete -c gochat -l webhook -d 'URL to post events to, as JSON' -x
complete -c gochat -l bootnode-port -d 'fills in where --bootnode or --listen names no port' -x
complete -c gochat -l heartbeat-interval -d 'time between heartbeats' -x
complete -c gochat -l peer-timeout -d 'silence after which a member counts as gone' -x
complete -c gochat -l data-dir -d 'where key, pins and history live' -x -a '(__fish_complete_directories)'
complete -c gochat -l log-level -d 'what is logged' -x -a 'debug info warn error'
complete -c gochat -l log-format -d 'how a line of the log looks' -x -a 'text json'
complete -c gochat -l log-file -d 'where the log goes' -r -F
complete -c gochat -l on-message -d 'command to run for each message of others, with the event as JSON on its input and in its environment' -x
complete -c gochat -l on-message-from -d 'whose messages --on-message is run for' -x
complete -c gochat -l detach -d 'goes on in the background'
complete -c gochat -l cluster-listen -d 'address for this operator'\''s other bootnodes, over TCP with TLS, port 9597 if none is named' -x
complete -c gochat -l cluster-peers -d 'where those listen' -x
complete -c gochat -l cluster-secret-file -d 'file with the secret that makes a bootnode one of the cluster, the same on all' -r -F
complete -c gochat -l fed-listen -d 'address for other operators'\'' bootnodes, over WebSockets with TLS, port 9598 if none is named' -x
complete -c gochat -l fed-allow -d 'file with the node keys of the bootnodes that may come there, one a line, as each prints its own at start' -r -F
complete -c gochat -l uplink -d 'bootnode of another operator to dial, its --fed-listen' -x
complete -c gochat -l uplink-pin -d 'SHA-256 of the uplink'\''s certificate or public key, as it prints it at start' -x
complete -c gochat -l node-key -d 'file with the key that other bootnodes know this one by' -r -F
complete -c gochat -l advertise -d 'address under which members reach this bootnode, told to other bootnodes, so that members can be sent here' -x
complete -c gochat -l bootnode-token -d 'the token for bootnodes that take only those they invited' -x
complete -c gochat -l max-rooms -d 'rooms there are at most' -x
complete -c gochat -l max-per-ip -d 'members admitted from one IPv4 address or IPv6 /64' -x
complete -c gochat -l max-per-prefix -d 'members admitted from one IPv4 /24 or IPv6 /48' -x
complete -c gochat -l invite-only -d 'takes only members with a token of this file, which has a line NAME:TOKEN for each' -r -F
complete -c gochat -l motd-file -d 'greets members with the text of this file' -r -F
complete -c gochat -l admin-sock -d 'the Unix socket for gochat bootnode status and the other commands' -r -F
complete -c gochat -l json -d 'short for --ui json'
complete -c gochat -l help -d 'say how it is used'
