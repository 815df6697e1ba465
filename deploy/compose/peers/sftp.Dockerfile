# An SFTP host for the compose file: OpenSSH, one user who can do nothing else, one folder.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openssh-server=1:9.2* \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    && useradd --no-create-home --home-dir /data --shell /usr/sbin/nologin renkei \
    && install --directory --mode 0755 /srv/sftp /run/sshd \
    && install --directory --owner renkei --mode 0700 /srv/sftp/data /srv/sftp/data/in
COPY sshd_config /etc/ssh/sshd_config
CMD ["sh", "-euc", "echo \"renkei:$(cat /run/secrets/sftp)\" | chpasswd; install -m 0600 /run/secrets/host_key /etc/ssh/host_key; exec /usr/sbin/sshd -D -e"]
