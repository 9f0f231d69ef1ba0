// A page that does not end: a WebSocket that answers, and events that the server sends to all.
#include <patchbay/http/event_stream.hpp>
#include <patchbay/http/http_server.hpp>
#include <patchbay/http/websocket_upgrade.hpp>
#include <patchbay/net/run.hpp>
using namespace patchbay;
constexpr auto k_page = R"(<!doctype html><title>Live</title><input autofocus><ol></ol><script>
const list = document.querySelector('ol')
const line = text => list.appendChild(document.createElement('li')).append(text)
const socket = new WebSocket('talk')
socket.onmessage = event => line('echo: ' + event.data)
new EventSource('events').onmessage = event => line('to all: ' + event.data)
document.querySelector('input').onchange = event => socket.send(event.target.value)
</script>)";
// [live]
std::vector<std::shared_ptr<EventStream>> listeners;  // the pages that are open

HttpResponse events(HttpRequest&) {
  listeners.push_back(std::make_shared<EventStream>());
  return event_response(listeners.back());
}

Task<> talk(WebSocket& socket) {
  for (;;) {
    auto message = co_await socket.receive(Deadline::never());  // it finds out who is gone, too
    if (!message || !co_await socket.send(*message, Deadline::after(10s))) co_return;
    if (!message->is_text) continue;
    std::erase_if(listeners, [&](auto& each) { return !each->send({.data = message->data}); });
  }
}
// [/live]
int main(int argc, char** argv) {
  HttpServer server;
  server.get("/", [](HttpRequest&) { return HttpResponse::html(k_page); });
  server.get("/events", events);
  server.get("/talk", [](HttpRequest& request) { return accept_websocket(request, talk); });
  return run_main(server.serve(argc > 1 ? argv[1] : "127.0.0.1:8080"));
}
