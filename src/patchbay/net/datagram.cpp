#include "patchbay/net/datagram.hpp"

#include <algorithm>
#include <cstring>

namespace patchbay {

namespace {

constexpr std::size_t k_cache_line_bytes = 64;
constexpr std::size_t k_page_bytes = 4096;

// In the flags of a message that was not sent: no kernel looks at those (sendmsg(2)).
constexpr int k_refused_flag = MSG_ERRQUEUE;

// Payloads a whole number of pages apart would all compete for the same few lines of the
// first-level cache, so those get one line of space between them.
std::size_t stride_of(std::size_t datagram_bytes) {
  const std::size_t lines = (datagram_bytes + k_cache_line_bytes - 1) / k_cache_line_bytes;
  const std::size_t stride = lines * k_cache_line_bytes;
  return stride % k_page_bytes == 0 ? stride + k_cache_line_bytes : stride;
}

}  // namespace

DatagramBatch::DatagramBatch(BatchOptions options)
    : capacity_(std::max<std::size_t>(options.datagrams, 1)),
      datagram_bytes_(options.datagram_bytes),
      stride_(stride_of(options.datagram_bytes)),
      used_(capacity_),
      metadata_(options.metadata),
      memory_(
          new Memory{.messages = std::make_unique<mmsghdr[]>(capacity_),
                     .parts = std::make_unique<iovec[]>(capacity_),
                     .peers = std::make_unique<DatagramAddress[]>(capacity_),
                     .controls = std::make_unique_for_overwrite<Control[]>(capacity_),
                     .payload = std::make_unique_for_overwrite<std::byte[]>(capacity_ * stride_)}) {
  messages_ = memory_->messages.get();
  parts_ = memory_->parts.get();
  peers_ = memory_->peers.get();
  controls_ = memory_->controls.get();
  payload_ = memory_->payload.get();
  for (std::size_t i = 0; i < capacity_; ++i) {
    parts_[i].iov_base = payload_ + i * stride_;
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &peers_[i];
  }
}

DatagramBatch::DatagramBatch(Slot& slot, std::span<std::byte> payload, std::span<std::byte> control)
    : messages_(&slot.message),
      parts_(&slot.part),
      peers_(&slot.peer),
      payload_(payload.data()),
      single_control_(control),
      capacity_(1),
      datagram_bytes_(payload.size()),
      stride_(payload.size()),
      used_(1) {
  slot.part = {.iov_base = payload.data(), .iov_len = payload.size()};
  slot.message = {};
  slot.message.msg_hdr.msg_iov = &slot.part;
  slot.message.msg_hdr.msg_iovlen = 1;
  slot.message.msg_hdr.msg_name = &slot.peer;
}

// --- filling -------------------------------------------------------------------------------------

void DatagramBatch::clear() {
  size_ = sent_ = refused_ = 0;
  refusal_code_ = 0;
  received_ = false;
}

msghdr* DatagramBatch::next(std::size_t bytes) {
  if (received_) clear();  // what was received and what is added do not mix
  if (full()) return nullptr;
  mmsghdr& message = messages_[size_];
  parts_[size_].iov_len = bytes;
  message.msg_hdr.msg_flags = 0;
  message.msg_hdr.msg_controllen = 0;
  used_ = std::max(used_, ++size_);
  return &message.msg_hdr;
}

void DatagramBatch::attach(std::size_t index, const SendSettings& settings) {
  ControlWriter writer(controls_[index].sent);
  writer.add(settings, Endpoint(&peers_[index].any));
  messages_[index].msg_hdr.msg_control = controls_[index].sent;
  messages_[index].msg_hdr.msg_controllen = writer.size();
  attached_ = attached_ || writer.size() > 0;
}

bool DatagramBatch::add(std::span<const std::byte> bytes, const Endpoint& peer,
                        const SendSettings& settings) {
  if (!add(bytes)) return false;
  const std::size_t index = size_ - 1;
  std::memcpy(&peers_[index], peer.native(), peer.native_size());
  messages_[index].msg_hdr.msg_namelen = peer.native_size();
  attach(index, settings);
  return true;
}

bool DatagramBatch::add(std::span<const std::byte> bytes) {
  if (bytes.size() > datagram_bytes_) return false;
  msghdr* const header = next(bytes.size());
  if (header == nullptr) return false;
  header->msg_namelen = 0;
  std::byte* const own = payload_ + (size_ - 1) * stride_;
  parts_[size_ - 1].iov_base = own;
  if (!bytes.empty()) std::memcpy(own, bytes.data(), bytes.size());
  return true;
}

bool DatagramBatch::add(std::span<const std::byte> bytes, const LinkAddress& to) {
  if (!add(bytes)) return false;
  peers_[size_ - 1].link = to.native();
  messages_[size_ - 1].msg_hdr.msg_namelen = sizeof(sockaddr_ll);
  return true;
}

bool DatagramBatch::add_borrowed(std::span<const std::byte> bytes, const Endpoint& peer,
                                 const SendSettings& settings) {
  if (!add(std::span<const std::byte>(), peer, settings)) return false;
  parts_[size_ - 1] = {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  borrowed_ = true;
  return true;
}

void DatagramBatch::set_single(std::span<const std::byte> bytes) {
  parts_[0] = {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  messages_[0].msg_hdr.msg_namelen = 0;
  size_ = 1;
}

void DatagramBatch::set_single_peer(const Endpoint& peer) {
  std::memcpy(&peers_[0], peer.native(), peer.native_size());
  messages_[0].msg_hdr.msg_namelen = peer.native_size();
}

void DatagramBatch::set_single_link(const LinkAddress& link) {
  peers_[0].link = link.native();
  messages_[0].msg_hdr.msg_namelen = sizeof(sockaddr_ll);
}

sa_family_t DatagramBatch::peer_family(std::size_t index) const {
  if (messages_[index].msg_hdr.msg_namelen == 0) return AF_UNSPEC;
  return peers_[index].any.sa_family;
}

// --- receiving -----------------------------------------------------------------------------------

// The kernel changes the lengths of a header it fills, and sending needs others than receiving.
void DatagramBatch::reset_used() {
  for (std::size_t i = 0; i < used_; ++i) {
    parts_[i].iov_len = datagram_bytes_;
    messages_[i].msg_hdr.msg_namelen = sizeof(DatagramAddress);
  }
  if (borrowed_) {
    for (std::size_t i = 0; i < used_; ++i) parts_[i].iov_base = payload_ + i * stride_;
  }
  if (attached_ && !metadata_) {
    for (std::size_t i = 0; i < used_; ++i) messages_[i].msg_hdr.msg_controllen = 0;
  }
  borrowed_ = attached_ = false;
  if (metadata_) {
    for (std::size_t i = 0; i < used_; ++i) {
      messages_[i].msg_hdr.msg_control = controls_[i].received;
      messages_[i].msg_hdr.msg_controllen = k_received_control_bytes;
    }
  }
  if (!single_control_.empty()) {
    messages_[0].msg_hdr.msg_control = single_control_.data();
    messages_[0].msg_hdr.msg_controllen = single_control_.size();
  }
  used_ = 0;
}

std::span<mmsghdr> DatagramBatch::begin_receive() {
  clear();
  reset_used();
  return {messages_, capacity_};
}

std::uint64_t DatagramBatch::end_receive(std::size_t count) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    parts_[i].iov_len = messages_[i].msg_len;
    bytes += messages_[i].msg_len;
  }
  if (metadata_) {
    for (std::size_t i = 0; i < count; ++i) {
      controls_[i].received_bytes = messages_[i].msg_hdr.msg_controllen;
      messages_[i].msg_hdr.msg_controllen = 0;  // not to be sent back as it is
    }
  }
  if (!single_control_.empty() && count > 0) {
    single_control_filled_ = messages_[0].msg_hdr.msg_controllen;
  }
  size_ = used_ = count;
  received_ = true;
  return bytes;
}

bool DatagramBatch::put_received(std::span<const std::byte> bytes, const Endpoint& peer,
                                 const DatagramMetadata& metadata) {
  if (full()) return false;
  const std::size_t index = size_++;
  used_ = size_;
  received_ = true;
  const std::size_t kept = std::min(bytes.size(), datagram_bytes_);
  if (kept > 0) std::memcpy(parts_[index].iov_base, bytes.data(), kept);
  parts_[index].iov_len = kept;
  std::memcpy(&peers_[index], peer.native(), peer.native_size());
  mmsghdr& message = messages_[index];
  message.msg_len = static_cast<unsigned>(kept);
  message.msg_hdr.msg_namelen = peer.native_size();
  message.msg_hdr.msg_flags = kept < bytes.size() ? MSG_TRUNC : 0;
  message.msg_hdr.msg_controllen = 0;
  if (metadata_) {
    ControlWriter writer(controls_[index].received);
    writer.add(metadata);
    controls_[index].received_bytes = writer.size();
  }
  return true;
}

std::span<const std::byte> DatagramBatch::received_control(std::size_t index) const {
  if (!single_control_.empty()) return single_control_.first(single_control_filled_);
  if (!metadata_ || !received_) return {};
  return std::span(controls_[index].received).first(controls_[index].received_bytes);
}

// --- sending -------------------------------------------------------------------------------------

void DatagramBatch::begin_send() {
  for (std::size_t i = 0; refused_ > 0 && i < size_; ++i) messages_[i].msg_hdr.msg_flags = 0;
  sent_ = refused_ = 0;
  refusal_code_ = 0;
  if (!metadata_ || !received_) return;
  for (std::size_t i = 0; i < size_; ++i) {
    attach(i, settings_for_reply(parse_metadata(received_control(i))));
  }
}

std::uint64_t DatagramBatch::mark_sent(std::size_t count) {
  std::uint64_t bytes = 0;
  for (std::size_t i = sent_; i < sent_ + count; ++i) bytes += parts_[i].iov_len;
  sent_ += count;
  return bytes;
}

void DatagramBatch::mark_refused(int code) {
  if (refused_++ == 0) {
    first_refused_ = sent_;
    refusal_code_ = code;
  }
  messages_[sent_].msg_hdr.msg_flags = k_refused_flag;
  ++sent_;
}

bool DatagramBatch::was_refused(std::size_t index) const {
  return refused_ > 0 && messages_[index].msg_hdr.msg_flags == k_refused_flag;
}

// --- one of them ---------------------------------------------------------------------------------

DatagramMetadata BatchedDatagram::metadata() const {
  return parse_metadata(batch_.received_control(index_));
}

std::span<std::byte> BatchedDatagram::room() const {
  return {static_cast<std::byte*>(batch_.parts_[index_].iov_base), batch_.datagram_bytes_};
}

void BatchedDatagram::resize(std::size_t bytes) const {
  batch_.parts_[index_].iov_len = std::min(bytes, batch_.datagram_bytes_);
}

}  // namespace patchbay
