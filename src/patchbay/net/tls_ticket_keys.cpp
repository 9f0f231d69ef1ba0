#include "patchbay/net/tls_ticket_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

void draw(std::span<std::uint8_t> into, Loop& loop) {
  while (!into.empty()) {
    const std::uint64_t bits = loop.random_bits();
    const std::size_t count = std::min(into.size(), sizeof bits);
    std::memcpy(into.data(), &bits, count);
    into = into.subspan(count);
  }
}

TlsTicketKeys::Key make_key(Loop& loop) {
  TlsTicketKeys::Key key;
  draw(key.name, loop);
  draw(key.cipher, loop);
  draw(key.mac, loop);
  return key;
}

}  // namespace

TlsTicketKeys::Key::~Key() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

// The clocks of two loops are a turn apart: one that is behind the last change changes nothing.
void TlsTicketKeys::bring_up_to_date(Loop& loop) {
  const Instant now = loop.now();
  if (!newest_) {
    newest_ = make_key(loop);
    since_ = now;
  }
  const auto periods = (now - since_) / k_period;
  if (periods < 1) return;
  former_ = periods == 1 ? newest_ : std::nullopt;
  newest_ = make_key(loop);
  since_ += periods * k_period;
}

TlsTicketKeys::Key TlsTicketKeys::newest(Loop& loop) {
  const std::scoped_lock lock(mutex_);
  bring_up_to_date(loop);
  return *newest_;
}

std::optional<TlsTicketKeys::Found> TlsTicketKeys::find(
    std::span<const std::uint8_t, k_name_bytes> name, Loop& loop) {
  const std::scoped_lock lock(mutex_);
  bring_up_to_date(loop);
  if (std::ranges::equal(newest_->name, name)) return Found{*newest_, true};
  if (former_ && std::ranges::equal(former_->name, name)) return Found{*former_, false};
  return std::nullopt;
}

}  // namespace patchbay
