// TcpSocket: TCP as far as a program can notice it: handshake, segments, windows, retransmission,
// resets, half-closes, keepalive, and the limits after which Linux gives up. RFC 9293, with the
// timers and limits of Linux.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "patchbay/net/sim/alarm.hpp"
#include "patchbay/net/sim/byte_queue.hpp"
#include "patchbay/net/sim/flow.hpp"
#include "patchbay/net/sim/socket.hpp"
#include "patchbay/net/sim/stack.hpp"
#include "patchbay/net/sim/tcp_timing.hpp"

namespace patchbay::sim {

class TcpSocket final : public Socket, private Alarm {
 public:
  TcpSocket(Stack& stack, SocketSpec spec);

  int bind(const sockaddr* address, socklen_t size) override;
  int listen(int backlog) override;
  int connect(const sockaddr* address, socklen_t size) override;
  int connected() const override;
  bool has_client() const override { return backlog_ && !backlog_->ready.empty(); }
  Socket& take_client() override;
  long read(std::span<std::byte> into) override;
  long write(std::span<const std::byte> from) override;
  int shutdown_write() override;
  bool is_readable() const override;
  bool peer_ended() const override { return end_received_ || hung_up(); }
  bool hung_up() const override;
  Result<Endpoint> local() const override;
  Result<Endpoint> peer() const override;
  int set_option(int level, int name, std::span<const std::byte> value) override;
  int get_option(int level, int name, std::byte* value, unsigned& size) const override;
  void close() override;
  void vanish() override;

  // A segment of its connection, or of one that it listens for.
  void receive(PacketPointer segment);
  bool is_listening() const { return state_ == State::listening; }
  bool is_established() const { return state_ == State::established; }
  // As if a firewall had had enough of it.
  void reset();
  // A new connection may begin while the old one of that flow only waits for stragglers.
  bool gives_way_to(const Packet& segment);
  // What it sent to its peer cannot get there.
  void unreachable(int error);

 private:
  enum class State : std::uint8_t {
    closed,
    listening,
    syn_sent,
    syn_received,
    established,
    fin_wait_1,
    fin_wait_2,
    close_wait,
    closing,
    last_ack,
    time_wait,
  };

  // A listener's connections that nobody has accepted yet.
  struct Backlog {
    std::size_t limit;
    std::vector<TcpSocket*> half_open;
    std::deque<TcpSocket*> ready;
  };

  // tcp_socket.cpp: what programs ask for.
  int claim_port(const IpAddress& address, std::uint16_t port);
  int choose_port(const Endpoint& to);
  void take_over_options();
  void begin_connection(State state);
  void end(int error);
  void forget_flow();
  void forget_client(TcpSocket& client);
  bool is_synchronized() const { return state_ >= State::established; }
  bool can_write() const { return state_ == State::established || state_ == State::close_wait; }

  // tcp_input.cpp: what arrives.
  void receive_syn(const Packet& syn);
  void receive_in_syn_sent(const Packet& segment);
  void receive_syn_again(const Packet& segment);
  void receive_reset();
  bool is_acceptable(const Packet& segment) const;
  bool take_acknowledgement(const Packet& segment);
  bool take_first_acknowledgement(const Packet& segment);
  bool take_window(const Packet& segment);
  void advance(std::uint64_t acknowledged);
  void count_duplicate(const Packet& segment, bool window_changed);
  void become_established();
  void after_our_fin();
  void begin_time_wait();
  void take_data(PacketPointer segment);
  bool append(Packet& segment);
  void take_early_ones();
  void keep_for_later(PacketPointer segment);
  void after_their_fin();

  // tcp_output.cpp: what is sent, and when.
  void output();
  bool send_next();
  std::size_t sendable(std::uint64_t unsent) const;
  bool fin_fits(std::uint64_t sequence) const;
  void transmit(std::uint64_t sequence, std::size_t length, bool fin);
  void resend_first();
  void send_control(std::uint64_t sequence, bool syn, bool rst);
  void send_reset() { send_control(highest_sent_, false, true); }
  void acknowledge();
  void fill_header(Packet& segment);
  std::uint32_t window_to_offer();
  void offer_more();
  void ring() override;
  void rest() override;
  void rearm();
  void retransmit();
  void probe_window();
  void probe_idle_peer();
  bool has_waited_too_long() const;

  std::uint64_t data_end() const { return send_begin_ + send_queue_.size(); }
  std::uint64_t in_flight() const { return sent_until_ - unacknowledged_; }
  bool all_acknowledged() const { return unacknowledged_ == highest_sent_; }
  bool fin_sent() const { return fin_queued_ && highest_sent_ > data_end(); }
  // Nothing is left to be sent, and all of it has arrived.
  bool all_delivered() const {
    return all_acknowledged() && send_queue_.empty() && (!fin_queued_ || fin_sent());
  }

  State state_ = State::closed;
  bool has_handle_ = true;
  bool bound_ = false;  // has an entry in the table of ports
  bool mapped_ = false;
  int error_ = 0;       // told once, to whoever asks next
  int soft_error_ = 0;  // the reason, if it never gets better
  Flow flow_;
  Route route_;
  TcpSocket* listener_ = nullptr;  // while nobody has accepted it
  std::unique_ptr<Backlog> backlog_;

  // Sending. Sequence numbers: unacknowledged_ <= sent_until_ <= highest_sent_.
  ByteQueue send_queue_;  // begins at send_begin_, which is unacknowledged_ once it stands
  std::uint64_t send_begin_ = 0;
  std::uint64_t first_byte_ = 0;  // of all that were ever sent
  std::uint64_t unacknowledged_ = 0;
  std::uint64_t sent_until_ = 0;  // falls back to unacknowledged_ when a timeout sends all again
  std::uint64_t highest_sent_ = 0;
  std::uint64_t peer_window_ = 0;
  std::uint64_t window_told_at_ = 0;  // the sequence number of the segment that told it
  std::size_t segment_bytes_ = 536;
  bool fin_queued_ = false;
  int duplicates_ = 0;
  int retries_ = 0;
  Instant waiting_since_{};  // for an acknowledgement, or for room in the peer's window
  RoundTrip round_trip_;
  Congestion congestion_;

  // Receiving.
  ByteQueue receive_queue_;
  std::uint64_t received_until_ = 0;
  std::uint64_t offered_until_ = 0;   // the end of the window the peer was told of
  std::vector<PacketPointer> early_;  // behind a gap, by sequence number
  bool end_received_ = false;
  int unacknowledged_segments_ = 0;
  Instant peer_sent_at_{};
  Instant heard_at_{};
  int unanswered_probes_ = 0;  // of the window
  int idle_probes_ = 0;        // unanswered ones of keepalive

  // When each is due; Instant::max() for not at all.
  Instant retransmit_at_ = Instant::max();
  Instant probe_window_at_ = Instant::max();
  Instant acknowledge_at_ = Instant::max();
  Instant probe_idle_at_ = Instant::max();
  Instant give_up_at_ = Instant::max();

  // What of the options is looked at for each segment.
  bool no_delay_ = false;
  bool keepalive_ = false;
  std::size_t send_room_ = 0;
  std::size_t receive_room_ = 0;
  Duration user_timeout_{};
};

}  // namespace patchbay::sim
