# An FTP host for the compose file: vsftpd, one user, one folder.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends vsftpd=3.0.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --home-dir /srv/ftp --shell /bin/bash renkei \
    && install --directory --owner renkei --mode 0700 /srv/ftp /srv/ftp/out /srv/ftp/in \
    && install --directory --mode 0755 /var/run/vsftpd/empty
COPY vsftpd.conf /etc/vsftpd.conf
CMD ["sh", "-euc", "echo \"renkei:$(cat /run/secrets/ftp)\" | chpasswd; exec vsftpd /etc/vsftpd.conf"]
