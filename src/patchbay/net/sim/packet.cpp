#include "patchbay/net/sim/packet.hpp"

#include <cstring>
#include <new>
#include <utility>

#include "patchbay/net/sim/nic.hpp"

namespace patchbay::sim {

namespace {
constexpr std::size_t k_tcp_header_bytes = 32;  // with the timestamps that every stack sends
constexpr std::size_t k_udp_header_bytes = 8;
}  // namespace

std::size_t Packet::wire_bytes() const {
  const std::size_t ip = source.is_v6() ? 40 : 20;
  switch (kind) {
    case Kind::tcp: return ip + k_tcp_header_bytes + size_;
    case Kind::udp: return ip + k_udp_header_bytes + size_;
    case Kind::ip: return ip + size_;
    case Kind::unreachable: return ip + 8 + ip + 8;
    case Kind::frame: return size_;
  }
  std::unreachable();
}

void Packet::happen() { to->arrive(PacketPointer(this)); }

void Recycle::operator()(Packet* packet) const {
  PacketPool& pool = packet->pool_;
  packet->next = pool.free_[packet->size_class_];
  pool.free_[packet->size_class_] = packet;
}

PacketPool::~PacketPool() {
  for (std::byte* const block : blocks_) ::operator delete(block);
}

PacketPointer PacketPool::make(std::size_t payload_bytes) {
  std::size_t size_class = 0;
  while (k_payload_bytes[size_class] < payload_bytes) ++size_class;
  void* memory = free_[size_class];
  if (memory != nullptr) {
    free_[size_class] = free_[size_class]->next;
  } else {
    memory = ::operator new(sizeof(Packet) + k_payload_bytes[size_class]);
    blocks_.push_back(static_cast<std::byte*>(memory));
  }
  auto* const packet = new (memory) Packet(*this, size_class);
  packet->payload_ = static_cast<std::byte*>(memory) + sizeof(Packet);
  packet->size_ = payload_bytes;
  return PacketPointer(packet);
}

PacketPointer PacketPool::copy(const Packet& packet) {
  PacketPointer made = make(packet.size());
  made->kind = packet.kind;
  made->protocol = packet.protocol;
  made->hop_limit = packet.hop_limit;
  made->traffic_class = packet.traffic_class;
  made->to_group = packet.to_group;
  made->source_port = packet.source_port;
  made->destination_port = packet.destination_port;
  made->error = packet.error;
  made->source = packet.source;
  made->destination = packet.destination;
  made->tcp = packet.tcp;
  made->from = packet.from;
  made->to = packet.to;
  if (packet.size() > 0) std::memcpy(made->payload_, packet.payload_, packet.size());
  return made;
}

void PacketQueue::push(PacketPointer packet) {
  Packet* const added = packet.release();
  added->next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = added;
  last_ = added;
  bytes_ += added->size();
}

PacketPointer PacketQueue::pop() {
  PacketPointer packet(first_);
  first_ = first_->next;
  bytes_ -= packet->size();
  return packet;
}

}  // namespace patchbay::sim
