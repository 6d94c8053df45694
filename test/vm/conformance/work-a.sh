# What ran while Tetragon recorded ../shared/corpus/tetragon-recorded.jsonl, read from its process_exec events.
ls /etc >/dev/null
cat /etc/passwd >/dev/null
cat /etc/shadow >/dev/null
/bin/echo '' 'two words' '' $'tab\tx' >/dev/null
ln -s /etc/passwd /tmp/sl
ln -s /etc/hosts /tmp/sl2
sh -c 'echo x >> /etc/vmtest'
sh -c 'echo y > /root/.ssh-x'
mkdir -p /tmp/m
mount -t tmpfs none /tmp/m
umount /tmp/m
setpriv --reuid 65534 --clear-groups id >/dev/null
setpriv --reuid 65534 --clear-groups cat /etc/shadow 2>/dev/null
python3 -c '
import socket,threading
s=socket.socket(); s.bind(("127.0.0.1",8099)); s.listen()
c=socket.create_connection(("127.0.0.1",8099)); a,_=s.accept(); c.send(b"hello world"); a.recv(20); c.close(); a.close()
'
(exit 3)
bash -c 'exit 7'
bash -c 'kill -TERM $$'
sleep 0.1
bash -c 'cd /usr/lib && ls >/dev/null'
su nobody -s /bin/sh -c 'id >/dev/null'
# The last command is no program: bash would become it.
true
