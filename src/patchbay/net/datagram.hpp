// DatagramBatch: memory for datagrams that are received or sent by one call, and its way through an
// engine. UDP, raw IP and packet sockets all speak in batches; a single datagram is a batch of one.
#pragma once

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "patchbay/net/address.hpp"
#include "patchbay/net/datagram_metadata.hpp"
#include "patchbay/net/link_address.hpp"

namespace patchbay {

class DatagramBatch;

// The address a datagram came from or goes to, in the kernel's form.
union DatagramAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_ll link;
};

// One datagram of a batch. Valid until the batch is used for another call, cleared or gone.
class BatchedDatagram {
 public:
  BatchedDatagram(DatagramBatch& batch, std::size_t index) : batch_(batch), index_(index) {}

  std::span<std::byte> bytes() const;
  std::string_view text() const;
  Endpoint peer() const;              // of UDP and raw IP
  LinkAddress link() const;           // of a packet socket
  bool truncated() const;             // it was longer than the batch has room for
  DatagramMetadata metadata() const;  // empty unless the batch was made with .metadata

  // In order to answer in place: all the memory of this datagram, and how much of it is to be sent.
  std::span<std::byte> room() const;
  void resize(std::size_t bytes) const;  // at most room().size()

 private:
  DatagramBatch& batch_;
  std::size_t index_;
};

struct BatchOptions {
  std::size_t datagrams = 64;         // at least 1
  std::size_t datagram_bytes = 2048;  // longer ones are cut, and say so; 65,536 takes any
  bool metadata = false;              // keep what the socket tells beside the bytes
};

// All memory is taken at construction and used again by every call. What a call touched is reset
// before the next, and nothing else.
class DatagramBatch {
 public:
  explicit DatagramBatch(BatchOptions options = {});
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == capacity_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t datagram_bytes() const { return datagram_bytes_; }

  BatchedDatagram operator[](std::size_t index) { return {*this, index}; }

  class Iterator {
   public:
    Iterator(DatagramBatch& batch, std::size_t index) : batch_(&batch), index_(index) {}
    BatchedDatagram operator*() const { return {*batch_, index_}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    DatagramBatch* batch_;
    std::size_t index_;
  };
  Iterator begin() { return {*this, 0}; }
  Iterator end() { return {*this, size_}; }

  // Sending what was received answers it: each datagram goes back to its peer and, with .metadata,
  // leaves from the address it was sent to, in the segments it came in.
  //
  // To send something else: clear() and add(). False: the batch is full, or the bytes do not fit.
  void clear();
  bool add(std::span<const std::byte> bytes, const Endpoint& peer,
           const SendSettings& settings = {});
  bool add(std::string_view text, const Endpoint& peer, const SendSettings& settings = {}) {
    return add(std::as_bytes(std::span(text)), peer, settings);
  }
  bool add(std::span<const std::byte> bytes);  // on a connected socket: to its peer
  bool add(std::span<const std::byte> bytes, const LinkAddress& to);  // by a packet socket
  // As add(), without a copy and of any size: the bytes must live until they are sent.
  bool add_borrowed(std::span<const std::byte> bytes, const Endpoint& peer,
                    const SendSettings& settings = {});

  // After a send: how many datagrams the kernel would not take (too large, no route, a firewall),
  // and why it refused the first of them. The others were sent regardless.
  std::size_t refused() const { return refused_; }
  int refusal_code() const { return refusal_code_; }  // errno, or 0
  std::size_t first_refused() const { return first_refused_; }
  bool was_refused(std::size_t index) const;

  // --- for engines -------------------------------------------------------------------------------
  // Receiving, by a kernel: begin_receive() gives the headers to fill, end_receive() says how many
  // were. It returns the sum of their bytes.
  std::span<mmsghdr> begin_receive();
  std::uint64_t end_receive(std::size_t count);
  // Receiving, by any other: begin_receive() once, then this for each datagram. Cuts what is too
  // long. False: full.
  bool put_received(std::span<const std::byte> bytes, const Endpoint& peer,
                    const DatagramMetadata& metadata = {});

  // Sending: what is still to be sent; then either that some were, or that the first was refused.
  // An engine that is no kernel reads batch[sent()] and its send_settings().
  void begin_send();
  std::span<mmsghdr> unsent() { return {messages_ + sent_, size_ - sent_}; }
  std::size_t sent() const { return sent_; }
  std::uint64_t mark_sent(std::size_t count);  // returns the sum of their bytes
  void mark_refused(int code);
  std::size_t taken() const { return sent_ - refused_; }
  // AF_INET, AF_INET6 or AF_PACKET; AF_UNSPEC for what goes to the socket's peer.
  sa_family_t peer_family(std::size_t index) const;

  // --- for a socket's operations on single datagrams ---------------------------------------------
  struct Slot {
    mmsghdr message;
    iovec part;
    DatagramAddress peer;
  };
  // A batch of one that has no memory of its own. `control` takes what comes beside the bytes.
  DatagramBatch(Slot& slot, std::span<std::byte> payload, std::span<std::byte> control = {});
  // Fills in the one datagram to send, which stays where it is. Without an address it goes to the
  // socket's peer.
  void set_single(std::span<const std::byte> bytes);
  void set_single_peer(const Endpoint& peer);
  void set_single_link(const LinkAddress& link);
  std::span<const std::byte> received_control(std::size_t index) const;

  static constexpr std::size_t k_received_control_bytes = 320;
  static constexpr std::size_t k_sent_control_bytes = 128;

 private:
  friend class BatchedDatagram;

  // What the kernel wrote and what it is given stand side by side for each datagram.
  struct alignas(cmsghdr) Control {
    std::byte received[k_received_control_bytes];
    std::byte sent[k_sent_control_bytes];
    std::size_t received_bytes;
  };

  struct Memory {
    std::unique_ptr<mmsghdr[]> messages;
    std::unique_ptr<iovec[]> parts;
    std::unique_ptr<DatagramAddress[]> peers;
    std::unique_ptr<Control[]> controls;
    std::unique_ptr<std::byte[]> payload;
  };

  void reset_used();
  msghdr* next(std::size_t bytes);
  void attach(std::size_t index, const SendSettings& settings);

  mmsghdr* messages_;
  iovec* parts_;
  DatagramAddress* peers_;
  std::byte* payload_;
  Control* controls_ = nullptr;               // of an own batch
  std::span<std::byte> single_control_ = {};  // of a batch of one
  std::size_t single_control_filled_ = 0;
  std::size_t capacity_;
  std::size_t datagram_bytes_;
  std::size_t stride_;  // from one payload to the next
  std::size_t size_ = 0;
  std::size_t used_ = 0;  // headers that differ from what a receive needs
  std::size_t sent_ = 0;
  std::size_t refused_ = 0;
  std::size_t first_refused_ = 0;
  int refusal_code_ = 0;
  bool metadata_ = false;
  bool received_ = false;  // the content came from a receive: sending it answers
  bool borrowed_ = false;  // some payload stands in the caller's memory
  bool attached_ = false;  // some datagram has control messages to send

  std::unique_ptr<Memory> memory_;  // none in a batch of one
};

inline std::span<std::byte> BatchedDatagram::bytes() const {
  const iovec& part = batch_.parts_[index_];
  return {static_cast<std::byte*>(part.iov_base), part.iov_len};
}

inline std::string_view BatchedDatagram::text() const {
  const std::span<std::byte> all = bytes();
  return {reinterpret_cast<const char*>(all.data()), all.size()};
}

inline Endpoint BatchedDatagram::peer() const { return Endpoint(&batch_.peers_[index_].any); }

inline LinkAddress BatchedDatagram::link() const { return LinkAddress(batch_.peers_[index_].link); }

inline bool BatchedDatagram::truncated() const {
  return (batch_.messages_[index_].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

}  // namespace patchbay
