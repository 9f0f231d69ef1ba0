// The ports of a server: bound by each of its loops, and what goes wrong with them told.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/listen_on.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/port_holder.hpp"

namespace patchbay {

// Tells why a server cannot listen there and returns the exit code for it. `command` as for
// explain_bind().
int fail_to_bind(Output& out, const Error& error, Transport transport, const Endpoint& wanted,
                 std::string_view command);

template <class Listener>
class ServerPorts {
 public:
  // Shared: other sockets of this server have the endpoint too. Held: nobody is let in there.
  enum class Use { alone, shared, held };
  using Bind = std::function<Result<Listener>(const Endpoint&, Use)>;
  // Or the exit code, when the failure was told.
  using Opened = std::expected<std::vector<Listener>, int>;

  // `command`: "patchbay tcp serve", a literal.
  ServerPorts(Transport transport, std::string_view command, std::vector<Endpoint> endpoints,
              unsigned loops, Bind bind)
      : transport_(transport),
        command_(command),
        endpoints_(std::move(endpoints)),
        loops_(loops),
        bind_(std::move(bind)) {}

  // Before the loops run. Several of them share a port by SO_REUSEPORT, which would also let them
  // share that of another server of this user. So the port is held once without it, to learn
  // whether it is free and, for port 0, which one it is. An exit code when it is not.
  std::optional<int> settle(Output& out) {
    if (loops_ == 1) return std::nullopt;
    auto loop = Loop::make();
    if (!loop) return out.fail(loop.error());
    const LoopGuard guard(**loop);
    const Opened held = bind_to_all(Use::held, out);
    if (!held) return held.error();
    endpoints_.clear();
    for (const Listener& listener : *held) endpoints_.push_back(bound_to(listener));
    return std::nullopt;
  }

  // On each loop.
  Opened open(Output& out) const { return bind_to_all(loops_ > 1 ? Use::shared : Use::alone, out); }

 private:
  Opened bind_to_all(Use use, Output& out) const {
    auto listeners = bind_all<Listener>(
        endpoints_, [this, use](const Endpoint& endpoint) { return bind_(endpoint, use); });
    if (listeners) return std::move(*listeners);
    const auto& [error, endpoint] = listeners.error();
    return std::unexpected(fail_to_bind(out, error, transport_, endpoint, command_));
  }

  Transport transport_;
  std::string_view command_;
  std::vector<Endpoint> endpoints_;
  unsigned loops_;
  Bind bind_;
};

}  // namespace patchbay
