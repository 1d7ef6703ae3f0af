/** One process, no access log, files straight from the page cache. */
export const nginxConfiguration = (port: number, root: string, folder: string): string => `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/nginx-temporary;
  server {
    listen 127.0.0.1:${port};
    location = /ready { return 200; }
    location / { root ${root}; }
  }
}
`
