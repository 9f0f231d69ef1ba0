// The heart of a chat: what one says, all the others hear. Whoever reads too slowly misses some.
#include <fmt/core.h>

#include <patchbay/base/text.hpp>
#include <patchbay/net/outbox.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/serve.hpp>
using namespace patchbay;
using Room = std::vector<Outbox*>;  // one for each member: what it has still to be told

Task<Result<>> listen_to(TcpStream& stream, const Outbox& own, Room& room) {
  for (;;) {
    auto data = co_await stream.receive();
    if (!data || data->empty()) co_return ok();  // it has left
    const std::string text = escape_terminal(data->text(), {.newline = true});
    const std::string message = fmt::format("[{}] {}", stream.peer_name(), text);
    for (Outbox* member : room) {
      if (member != &own) member->add(message);
    }
  }
}

Task<> join(TcpStream stream, Room& room) {
  Outbox own;
  room.push_back(&own);
  fmt::print("[+] {} joined\n", stream.peer_name());
  auto end = co_await either(listen_to(stream, own, room), own.write_to(stream));
  std::erase(room, &own);
  fmt::print("[-] {}\n", end ? "One left" : end.error().why());
}

Task<Result<>> serve(std::string address) {
  auto listener = TcpListener::bind(address);
  if (!listener) co_return listener.error();
  fmt::print("[*] Chat Server started on {}\n", listener->local().to_string());
  Room room;
  co_return co_await serve_each(*listener, join, std::ref(room));
}
int main(int argc, char** argv) { return run_main(serve(argc > 1 ? argv[1] : "127.0.0.1:6000")); }
