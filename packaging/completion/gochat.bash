# bash completion for gochat; made by: gochat completion bash
_gochat_paths() {
	local path
	compopt -o filenames 2>/dev/null
	while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}
_gochat() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
	if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		invite|join|send|tail|on|attach|detach|stop|search|export|import|key|lock|unlock|config|doctor|bootnode|healthcheck|completion|man|version|help) command=${COMP_WORDS[i]}; break ;;
		--mode|--room|--bootnode|--bootnode-key|--nick|--secret|--secret-file|--ui|--theme|--notify|--typing|--port|--direct|--stun|--drain|--keep|--keep-size|--passphrase-file|--listen|--listen-ws|--tls-cert|--tls-key|--stun-port|--max-members|--relay-rate|--relay-burst|--relay-total|--relay-quota|--mailbox-dir|--mailbox-ttl|--mailbox-max|--mailbox-per-user|--metrics-listen|--hook|--webhook|--bootnode-port|--heartbeat-interval|--peer-timeout|--data-dir|--log-level|--log-format|--log-file|--since|--limit|--to|--timeout|--new-passphrase-file|--key-passphrase-file|--on-message|--on-message-from|--verified|--key|--match|--max|--cluster-listen|--cluster-peers|--cluster-secret-file|--fed-listen|--fed-allow|--uplink|--uplink-pin|--node-key|--advertise|--bootnode-token|--max-rooms|--max-per-ip|--max-per-prefix|--invite-only|--motd-file|--admin-sock|--for|--reason|--in|--out|--guest-token|--invite-file)
			i=$((i + 1))
			[[ ${COMP_WORDS[i]} != = ]] || i=$((i + 1)) ;;
		esac
	done
	COMPREPLY=()
	case $prev in
	--mode) COMPREPLY=($(compgen -W 'client bootnode' -- "$cur")); return ;;
	--room) return ;;
	--bootnode) return ;;
	--bootnode-key) return ;;
	--nick) return ;;
	--secret) return ;;
	--secret-file) _gochat_paths -f; return ;;
	--ui) COMPREPLY=($(compgen -W 'auto tui plain json' -- "$cur")); return ;;
	--theme) COMPREPLY=($(compgen -W 'auto dark light mono' -- "$cur")); return ;;
	--notify) COMPREPLY=($(compgen -W 'auto bell osc9 osc777 off' -- "$cur")); return ;;
	--typing) COMPREPLY=($(compgen -W 'both send receive off' -- "$cur")); return ;;
	--port) return ;;
	--direct) COMPREPLY=($(compgen -W 'always verified' -- "$cur")); return ;;
	--stun) return ;;
	--drain) return ;;
	--keep) return ;;
	--keep-size) return ;;
	--passphrase-file) _gochat_paths -f; return ;;
	--listen) return ;;
	--listen-ws) return ;;
	--tls-cert) _gochat_paths -f; return ;;
	--tls-key) _gochat_paths -f; return ;;
	--stun-port) return ;;
	--max-members) return ;;
	--relay-rate) return ;;
	--relay-burst) return ;;
	--relay-total) return ;;
	--relay-quota) return ;;
	--mailbox-dir) _gochat_paths -d; return ;;
	--mailbox-ttl) return ;;
	--mailbox-max) return ;;
	--mailbox-per-user) return ;;
	--metrics-listen) return ;;
	--hook) return ;;
	--webhook) return ;;
	--bootnode-port) return ;;
	--heartbeat-interval) return ;;
	--peer-timeout) return ;;
	--data-dir) _gochat_paths -d; return ;;
	--log-level) COMPREPLY=($(compgen -W 'debug info warn error' -- "$cur")); return ;;
	--log-format) COMPREPLY=($(compgen -W 'text json' -- "$cur")); return ;;
	--log-file) _gochat_paths -f; return ;;
	--since) return ;;
	--limit) return ;;
	--to) return ;;
	--timeout) return ;;
	--new-passphrase-file) _gochat_paths -f; return ;;
	--key-passphrase-file) _gochat_paths -f; return ;;
	--on-message) return ;;
	--on-message-from) return ;;
	--verified) return ;;
	--key) return ;;
	--match) return ;;
	--max) return ;;
	--cluster-listen) return ;;
	--cluster-peers) return ;;
	--cluster-secret-file) _gochat_paths -f; return ;;
	--fed-listen) return ;;
	--fed-allow) _gochat_paths -f; return ;;
	--uplink) return ;;
	--uplink-pin) return ;;
	--node-key) _gochat_paths -f; return ;;
	--advertise) return ;;
	--bootnode-token) return ;;
	--max-rooms) return ;;
	--max-per-ip) return ;;
	--max-per-prefix) return ;;
	--invite-only) _gochat_paths -f; return ;;
	--motd-file) _gochat_paths -f; return ;;
	--admin-sock) _gochat_paths -f; return ;;
	--for) return ;;
	--reason) return ;;
	--in) return ;;
	--out) _gochat_paths -f; return ;;
	--guest-token) return ;;
	--invite-file) _gochat_paths -f; return ;;
	esac
	local all='--mode --room --bootnode --bootnode-key --nick --secret --secret-file --ui --theme --notify --typing --port --relay-only --direct --no-portmap --no-birthday --stun --drain --ephemeral --keep --keep-size --passphrase-file --listen --listen-ws --tls-cert --tls-key --stun-port --max-members --relay-rate --relay-burst --relay-total --relay-quota --mailbox-dir --mailbox-ttl --mailbox-max --mailbox-per-user --limit-loopback --metrics-listen --pprof --hook --webhook --bootnode-port --heartbeat-interval --peer-timeout --data-dir --log-level --log-format --log-file --on-message --on-message-from --detach --cluster-listen --cluster-peers --cluster-secret-file --fed-listen --fed-allow --uplink --uplink-pin --node-key --advertise --bootnode-token --max-rooms --max-per-ip --max-per-prefix --invite-only --motd-file --admin-sock --json --help' words flags=
	case $command in
	invite) words='' flags='--force --qr --out --guest-token' ;;
	join) words='' flags='--invite-file' ;;
	send) words='' flags='--to --timeout' ;;
	tail) words='' flags='--since --limit --follow' ;;
	on) words='--' flags='--timeout --verified --key --anyone --match --max' ;;
	attach) words='' flags='' ;;
	detach) words='' flags='' ;;
	stop) words='' flags='--timeout' ;;
	search) words='' flags='--since --limit' ;;
	export) words='' flags='--since --force' ;;
	import) words='' flags='' ;;
	key) words='show export import' flags='--key-passphrase-file --force' ;;
	lock) words='' flags='--new-passphrase-file' ;;
	unlock) words='' flags='' ;;
	config) words='' flags='' ;;
	doctor) words='' flags='' ;;
	bootnode) words='status peers rooms bans kick ban unban notice motd drain reload' flags='--to --for --reason --in --cancel' ;;
	healthcheck) words='' flags='' ;;
	completion) words='bash zsh fish' flags='' ;;
	man) words='gochat gochat-bootnode' flags='' ;;
	version) words='' flags='' ;;
	help) words='invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help options' flags='' ;;
	*) words='invite join send tail on attach detach stop search export import key lock unlock config doctor bootnode healthcheck completion man version help' flags=--version ;;
	esac
	if [[ $cur == -* ]]; then words="$all $flags"; fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	case $command in
	export|import|key) _gochat_paths -f ;;
	esac
}
complete -F _gochat gochat
