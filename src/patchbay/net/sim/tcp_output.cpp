// What is sent, and what happens when no answer comes.
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>

#include "patchbay/net/sim/tcp_socket.hpp"

namespace patchbay::sim {

namespace {

// tcp_synack_retries, tcp_retries2 and what Linux makes of tcp_orphan_retries = 0 (ip-sysctl).
constexpr int k_syn_ack_retries = 5;
constexpr int k_retries = 15;
constexpr int k_orphan_retries = 8;

}  // namespace

// Sends what there is, as far as the peer's window and the congestion window let it.
void TcpSocket::output() {
  if (state_ < State::established || state_ == State::time_wait) return;
  while (send_next()) {
  }
  const bool all_sent = sent_until_ >= data_end() + (fin_queued_ ? 1 : 0);
  const bool stuck = !all_sent && in_flight() == 0;
  if (!stuck) {
    probe_window_at_ = Instant::max();
  } else if (probe_window_at_ == Instant::max()) {
    probe_window_at_ = stack_.now() + round_trip_.timeout();
  }
  rearm();
}

bool TcpSocket::send_next() {
  const std::uint64_t end = data_end();
  if (sent_until_ < end) {
    const std::uint64_t unsent = end - sent_until_;
    const std::size_t length = sendable(unsent);
    if (length == 0) return false;
    const bool fin = fin_queued_ && length == unsent && fin_fits(end);
    transmit(sent_until_, length, fin);
    sent_until_ += length + (fin ? 1 : 0);
    return true;
  }
  if (!fin_queued_ || sent_until_ > end || !fin_fits(end)) return false;
  transmit(end, 0, true);
  ++sent_until_;
  return true;
}

// Behind its window the peer takes nothing, and no acknowledgement that comes with it either.
bool TcpSocket::fin_fits(std::uint64_t sequence) const {
  return sequence + 1 <= unacknowledged_ + peer_window_;
}

// Neither a small segment while a full one could be awaited (RFC 9293 3.8.6.2.1), nor, with Nagle,
// while an earlier one is under way (3.7.4).
std::size_t TcpSocket::sendable(std::uint64_t unsent) const {
  const std::uint64_t window = std::min<std::uint64_t>(peer_window_, congestion_.window());
  if (in_flight() >= window) return 0;
  const std::uint64_t room = std::min<std::uint64_t>(window - in_flight(), segment_bytes_);
  const std::uint64_t length = std::min(unsent, room);
  if (length == segment_bytes_ || in_flight() == 0) return length;
  if (length < unsent) return 0;
  return no_delay_ || fin_queued_ ? length : 0;
}

void TcpSocket::fill_header(Packet& segment) {
  segment.kind = Packet::Kind::tcp;
  segment.source = flow_.local;
  segment.destination = flow_.remote;
  segment.source_port = flow_.local_port;
  segment.destination_port = flow_.remote_port;
  segment.tcp.ack = state_ != State::syn_sent;
  segment.tcp.acknowledged = received_until_;
  segment.tcp.window = window_to_offer();
  segment.tcp.sent_at = stack_.now();
  segment.tcp.echoed = peer_sent_at_;
  acknowledge_at_ = Instant::max();
  unacknowledged_segments_ = 0;
}

void TcpSocket::transmit(std::uint64_t sequence, std::size_t length, bool fin) {
  PacketPointer segment = stack_.make_packet(length);
  fill_header(*segment);
  segment->tcp.sequence = sequence;
  segment->tcp.fin = fin;
  send_queue_.peek(sequence - send_begin_, segment->bytes());
  if (all_acknowledged()) waiting_since_ = stack_.now();
  highest_sent_ = std::max(highest_sent_, sequence + length + (fin ? 1 : 0));
  if (retransmit_at_ == Instant::max()) retransmit_at_ = stack_.now() + round_trip_.timeout();
  stack_.send(route_, std::move(segment));
}

// Of what was sent before, and no more: behind it may be the end of the peer's window.
void TcpSocket::resend_first() {
  const std::uint64_t sent = std::min(highest_sent_, data_end());
  const std::uint64_t rest = sent - std::min(unacknowledged_, sent);
  transmit(unacknowledged_, std::min<std::uint64_t>(segment_bytes_, rest),
           fin_sent() && rest <= segment_bytes_);
}

void TcpSocket::send_control(std::uint64_t sequence, bool syn, bool rst) {
  PacketPointer segment = stack_.make_packet(0);
  fill_header(*segment);
  segment->tcp.sequence = sequence;
  segment->tcp.syn = syn;
  segment->tcp.rst = rst;
  stack_.send(route_, std::move(segment));
}

void TcpSocket::acknowledge() { send_control(highest_sent_, false, false); }

// The end of the window never moves back, and forward only in steps worth a segment.
std::uint32_t TcpSocket::window_to_offer() {
  const std::size_t held = receive_queue_.size();
  const std::uint64_t until = received_until_ + (receive_room_ > held ? receive_room_ - held : 0);
  if (until >= offered_until_ + std::min(segment_bytes_, receive_room_ / 2)) offered_until_ = until;
  if (offered_until_ <= received_until_) return 0;
  return static_cast<std::uint32_t>(offered_until_ - received_until_);
}

// A program has read: the peer is told of the room when it had begun to run out of it.
void TcpSocket::offer_more() {
  if (!is_synchronized() || end_received_) return;
  const std::uint64_t left =
      offered_until_ > received_until_ ? offered_until_ - received_until_ : 0;
  if (left > receive_room_ / 2) return;
  const std::uint64_t until = received_until_ + receive_room_ - receive_queue_.size();
  if (until >= offered_until_ + std::min(2 * segment_bytes_, receive_room_ / 2)) acknowledge();
}

// --- timers --------------------------------------------------------------------------------------

void TcpSocket::rearm() {
  Instant next = std::min({retransmit_at_, probe_window_at_, acknowledge_at_, give_up_at_});
  if (keepalive_ && is_synchronized() && state_ != State::time_wait) {
    if (probe_idle_at_ == Instant::max()) {
      probe_idle_at_ = heard_at_ + std::chrono::seconds(options_.number(IPPROTO_TCP, TCP_KEEPIDLE));
    }
    next = std::min(next, probe_idle_at_);
  }
  if (user_timeout_ > Duration::zero() && !all_delivered()) {
    next = std::min(next, waiting_since_ + user_timeout_);
  }
  set(next);
}

void TcpSocket::ring() {
  const Instant now = stack_.now();
  stack_.note(1, static_cast<std::uint64_t>(state_));
  if (give_up_at_ <= now) return end(0);
  if (has_waited_too_long()) return end(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
  if (acknowledge_at_ <= now) acknowledge();
  if (retransmit_at_ <= now) retransmit();
  if (probe_window_at_ <= now) probe_window();
  if (probe_idle_at_ <= now) probe_idle_peer();
  if (state_ != State::closed) rearm();
}

bool TcpSocket::has_waited_too_long() const {
  if (user_timeout_ == Duration::zero() || all_delivered()) return false;
  return stack_.now() - waiting_since_ >= user_timeout_;
}

void TcpSocket::retransmit() {
  const int limit = state_ == State::syn_sent       ? options_.number(IPPROTO_TCP, TCP_SYNCNT)
                    : state_ == State::syn_received ? k_syn_ack_retries
                    : has_handle_                   ? k_retries
                                                    : k_orphan_retries;
  if (retries_ >= limit) return end(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
  ++retries_;
  round_trip_.back_off();
  retransmit_at_ = stack_.now() + round_trip_.timeout();
  if (!is_synchronized()) return send_control(unacknowledged_, true, false);
  congestion_.timed_out(in_flight());
  duplicates_ = 0;
  sent_until_ = unacknowledged_;
  // With the window shut there is nothing to be sent again, only to be asked.
  if (peer_window_ == 0) retransmit_at_ = Instant::max();
  output();
}

// One byte before what is awaited: the peer answers with what it has, and with its window.
void TcpSocket::probe_window() {
  if (!has_handle_ && retries_ >= k_orphan_retries) return end(ETIMEDOUT);
  if (unanswered_probes_ >= k_retries) return end(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
  ++retries_;
  ++unanswered_probes_;
  round_trip_.back_off();
  send_control(unacknowledged_ - 1, false, false);
  probe_window_at_ = stack_.now() + round_trip_.timeout();
}

void TcpSocket::probe_idle_peer() {
  if (!keepalive_) {
    probe_idle_at_ = Instant::max();
    return;
  }
  const Duration idle = std::chrono::seconds(options_.number(IPPROTO_TCP, TCP_KEEPIDLE));
  if (!all_delivered()) {
    probe_idle_at_ = stack_.now() + idle;  // what is under way asks, too
    return;
  }
  if (idle_probes_ == 0 && heard_at_ + idle > stack_.now()) {
    probe_idle_at_ = heard_at_ + idle;  // it has spoken meanwhile
    return;
  }
  const bool enough = user_timeout_ > Duration::zero()
                          ? idle_probes_ > 0 && stack_.now() - heard_at_ >= user_timeout_
                          : idle_probes_ >= options_.number(IPPROTO_TCP, TCP_KEEPCNT);
  if (enough) {
    send_reset();
    return end(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
  }
  ++idle_probes_;
  send_control(unacknowledged_ - 1, false, false);
  probe_idle_at_ = stack_.now() + std::chrono::seconds(options_.number(IPPROTO_TCP, TCP_KEEPINTVL));
}

}  // namespace patchbay::sim
