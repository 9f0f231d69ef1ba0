#include "patchbay/tools/http/serve_state.hpp"

#include <utility>

#include "patchbay/net/tls_ticket_keys.hpp"

namespace patchbay {

ServeState::ServeState(HttpServePlan first, ReadServePlan again, Output& output)
    : out(output),
      read_again(std::move(again)),
      ticket_keys(std::make_shared<TlsTicketKeys>()),
      loops_(first.threads),
      threads_(first.threads) {
  if (first.tls) first.tls->ticket_keys = ticket_keys;
  plan = std::make_shared<const HttpServePlan>(std::move(first));
}

void ServeState::enter(unsigned index, ServeThread& thread) {
  const std::lock_guard lock(mutex_);
  loops_[index] = &Loop::current();
  threads_[index] = &thread;
  if (++entered_ == loops_.size()) loops_[0]->post([this] { all_entered_.set(); });
}

void ServeState::post_to_others(const std::function<void(ServeThread&)>& work) {
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    loops_[i]->post([this, i, work] {
      if (threads_[i] != nullptr) work(*threads_[i]);
    });
  }
}

}  // namespace patchbay
