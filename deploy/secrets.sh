#!/bin/sh
# Makes the secrets of compose.yaml that are ours to choose, and the certificates of the database, under deploy/secrets.
# What is there stays as it is. Needs openssl.
#   sh deploy/secrets.sh [FOLDER]
# EGRET_MONGO_MEMBERS names the members of the database, by commas, each with or without a port; EGRET_SECRETS_DIR is
# where the processes find the folder, which the addresses of the database name.
# The files can be read by anyone who is in the folder, since each container reads its own as a user of its own; the
# folder itself is its owner's alone.
set -eu
folder=${1:-$(dirname "$0")/secrets}
members=${EGRET_MONGO_MEMBERS:-mongo1,mongo2,mongo3}
found=${EGRET_SECRETS_DIR:-/run/secrets}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

make() { # NAME COMMAND...: a file with what the command prints
    name=$1
    shift
    if [ ! -s "$name" ]; then
        "$@" >"$name.partial"
        mv "$name.partial" "$name"
        chmod 444 "$name"
    fi
}

url_safe() {
    openssl rand -base64 48 | tr -d '\n=' | tr '+/' '-_'
}

letters() { # the token and the AES key as WeChat takes them: letters and digits
    openssl rand -hex 64 | cut -c "1-$1" | tr -d '\n'
}

authority() {
    openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=Egret database authority" \
        -keyout mongo_ca_key -out mongo_ca 2>/dev/null
    chmod 400 mongo_ca_key
    chmod 444 mongo_ca
}

member() { # one certificate for all members: it names each, and this machine, from which the users are made
    names="DNS:localhost,IP:127.0.0.1"
    for host in $(echo "$members" | tr ',' ' '); do
        names="$names,DNS:${host%:*}"
    done
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n' "$names" >member.ext
    openssl req -new -newkey rsa:3072 -nodes -subj "/CN=egret-mongodb" -keyout member.key -out member.csr 2>/dev/null
    openssl x509 -req -in member.csr -CA mongo_ca -CAkey mongo_ca_key -set_serial "0x$(openssl rand -hex 16)" -days 825 \
        -sha256 -extfile member.ext -out member.crt 2>/dev/null
    cat member.crt member.key
    rm -f member.ext member.key member.csr member.crt
}

make mongo_key openssl rand -base64 756
make mongo_root_password url_safe
make mongo_egret_password url_safe
make mongo_backup_password url_safe
[ -s mongo_ca ] || authority
make mongo_tls member
hosts=$(echo "$members" | tr ',' '\n' | sed '/:/!s/$/:27017/' | paste -sd, -)
reach="replicaSet=egret&authSource=admin&tls=true&tlsCAFile=$found/mongo_ca"
make egret_mongodb_uri printf 'mongodb://egret:%s@%s/egret?%s' "$(cat mongo_egret_password)" "$hosts" "$reach"
make backup_mongodb_uri printf 'mongodb://egret-backup:%s@%s/egret?%s' "$(cat mongo_backup_password)" "$hosts" "$reach"
make egret_token_key url_safe
make egret_index_key url_safe
make egret_master_key sh -c "openssl rand -base64 96 | tr -d '\n'"
make egret_wechat_token letters 32
make egret_wechat_aes_key letters 43
if [ ! -s egret_wechat_app_secret ]; then
    echo "Put the AppSecret of the WeChat platform into $(pwd)/egret_wechat_app_secret, readable by all in the folder."
fi
echo "Enter egret_wechat_token and egret_wechat_aes_key at the WeChat platform. Keep egret_master_key and mongo_ca_key"
echo "somewhere else as well, apart from the backups; mongo_ca_key is not needed here until mongo_tls is made again."
