#include "patchbay/tools/scan/service/service_dial.hpp"

#include <utility>

namespace patchbay {

namespace {

bool is_own_end(const TcpStream& stream) {
  const auto local = stream.local();
  const auto peer = stream.peer();
  return local && peer && *local == *peer;
}

}  // namespace

Task<Result<TcpStream>> dial_service(const ServiceOptions& options, Endpoint to, Deadline by) {
  ConnectOptions how{.interface = options.interface};
  if (options.source) how.local = Endpoint(*options.source, 0);
  auto stream = co_await TcpStream::connect(to, std::move(how), by);
  if (stream && is_own_end(*stream)) {
    co_return Error(Fault::refused, "connect to", "only this program itself was there");
  }
  co_return stream;
}

}  // namespace patchbay
