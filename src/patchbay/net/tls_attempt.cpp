// What a TLS session does when an operation is tried: it encrypts and decrypts, as far as the
// stream below lets it.
#include <openssl/err.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/tls_error.hpp"
#include "patchbay/net/tls_session.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;

// Records of one write that go to the stream below together: one call for four of them.
constexpr std::size_t k_collected_bytes = 4 * k_record_bytes;

// A reader answers some messages (key updates). Beyond this much unsent, it stops reading: a peer
// that asks without taking the answers must not fill our memory.
constexpr std::size_t k_most_unsent_bytes = 2 * k_collected_bytes;

}  // namespace

bool TlsSession::wait_for(Op& op, bool lower_reads) {
  op.blocked_on_other_side = waits_to_read(op.kind) != lower_reads;
  return false;
}

// After a call of OpenSSL's that did not succeed. It never waits to write: see write_lower().
bool TlsSession::wait_or_fail(Op& op, int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return wait_for(op, read_waits_to_read_);
    case SSL_ERROR_SSL: break;
    default:  // the stream below ended or failed, or the peer said goodbye before it agreed
      return op.fail(read_error_ != 0 ? read_error_ : k_truncated);
  }
  const unsigned long code = ERR_peek_last_error();
  const bool distrusted = ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && distrust_;
  const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl_.get());
  const bool greeted = state != TLS_ST_BEFORE && state != TLS_ST_CW_CLNT_HELLO;
  failure_ = distrusted ? *distrust_
                        : tls_error(code, operation_name(op.kind), greeted).about(peer_text());
  return op.fail(k_tls_failed);
}

bool TlsSession::attempt(Op& op) {
  if (!lower_.is_open()) {
    op.outcome = Outcome::closed;
    return true;
  }
  if (failure_) return op.fail(k_tls_failed);
  ERR_clear_error();  // of whatever else this thread did with OpenSSL; SSL_get_error() looks there
  switch (op.kind) {
    case OpKind::handshake: return attempt_handshake(op);
    case OpKind::read:
    case OpKind::read_all: return attempt_read(op);
    case OpKind::receive: return attempt_receive(op);
    case OpKind::write:
    case OpKind::write_all:
    case OpKind::write_more: return attempt_write(op);
    case OpKind::write_pieces: return attempt_write_pieces(op);
    case OpKind::send_file: return attempt_send_file(op);
    case OpKind::shutdown_write: return attempt_shutdown(op);
    // A goodbye is among the bytes, which are not read here: the connection's own end counts.
    case OpKind::wait_end:
    case OpKind::wait_reset: return lower_port_.attempt(op);
    default: return op.fail(EINVAL);
  }
}

bool TlsSession::attempt_handshake(Op& op) {
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) return wait_or_fail(op, result);
  if (!flush()) return wait_for(op, write_waits_to_read_);
  return write_error_ == 0 ? op.finish(0) : op.fail(write_error_);
}

// Decrypts into op.data behind op.done. OpenSSL is always asked first: it may hold records although
// the stream below has nothing to read, and no event would tell. False: nothing more for now, and
// either op has its end or it waits, or, with op.done > 0, has something to show.
bool TlsSession::read_some(Op& op) {
  std::size_t count = 0;
  const int result = SSL_read_ex(ssl_.get(), op.data + op.done, op.size - op.done, &count);
  if (result == 1) {
    op.done += count;
    return true;
  }
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) {
    op.finish(op.done);
  } else {
    wait_or_fail(op, result);
  }
  return false;
}

bool TlsSession::attempt_read(Op& op) {
  if (unsent_.size() > k_most_unsent_bytes && !flush()) return wait_for(op, write_waits_to_read_);
  const bool all = op.kind == OpKind::read_all;
  while (op.done < op.size) {
    if (read_some(op)) {
      // Whole records that are here already cost no system call.
      if (all || SSL_has_pending(ssl_.get()) == 1) continue;
      break;
    }
    if (all || op.done == 0) return op.outcome != Outcome::none;
    break;  // whatever it was, it will be there again at the next read
  }
  return op.finish(op.done);
}

bool TlsSession::attempt_receive(Op& op) {
  BufferPool& buffers = loop_.buffers();
  const BufferPool::Block block = buffers.lend();
  op.data = block.data;
  op.size = block.size;
  const bool ended = attempt_read(op);
  if (!ended || op.outcome != Outcome::ok || op.done == 0) buffers.give_back(block);
  return ended;
}

// A `write` that gets false is tried again with the same bytes, as every port demands; but what it
// brought is in a record by then. `taken_` remembers so until it can be reported.
bool TlsSession::attempt_write(Op& op) {
  const bool all = writes_all(op.kind);
  if (!all) op.done = taken_;
  for (;;) {
    half_written_ = all && op.done > 0 && op.done < op.size;
    if (!flush()) {
      if (!all) taken_ = op.done;
      return wait_for(op, write_waits_to_read_);
    }
    if (write_error_ != 0 || said_goodbye_)
      return op.fail(write_error_ != 0 ? write_error_ : EPIPE);
    if (op.done == op.size || (!all && op.done > 0)) {
      taken_ = 0;
      return op.finish(op.done);
    }
    if (const int result = encrypt(op); result != 1) return wait_or_fail(op, result);
  }
}

// Records are made of bytes that lie together: of the pieces the first that has any is written.
bool TlsSession::attempt_write_pieces(Op& op) {
  const auto* piece = static_cast<const iovec*>(op.argument);
  const auto* const end = piece + op.size;
  while (piece != end && piece->iov_len == 0) ++piece;
  if (piece == end) return op.finish(0);
  Op first(OpKind::write, this, op.handle, {},
           std::span(static_cast<std::byte*>(piece->iov_base), piece->iov_len));
  const bool ended = attempt_write(first);
  op.blocked_on_other_side = first.blocked_on_other_side;
  op.outcome = first.outcome;
  op.error = first.error;
  op.done = first.done;
  return ended;
}

// As much of the operation as goes out together. One record goes straight to the stream below;
// several are collected. Not 1: what OpenSSL returned, and nothing was encrypted; had something
// been, it is sent first, and OpenSSL says the same again.
int TlsSession::encrypt(Op& op) {
  const std::size_t before = op.done;
  collecting_ = op.size - before > k_record_bytes;
  int result = 1;
  do {
    std::size_t count = 0;
    result = SSL_write_ex(ssl_.get(), op.data + op.done, op.size - op.done, &count);
    if (result != 1) break;
    op.done += count;
  } while (collecting_ && op.done < op.size && unsent_.size() < k_collected_bytes);
  collecting_ = false;
  return op.done > before ? 1 : result;
}

bool TlsSession::attempt_send_file(Op& op) {
  auto& range = *static_cast<FileRange*>(op.argument);
  for (;;) {
    half_written_ = op.done > 0 && range.length > 0;
    if (!flush()) return wait_for(op, write_waits_to_read_);
    if (write_error_ != 0 || said_goodbye_)
      return op.fail(write_error_ != 0 ? write_error_ : EPIPE);
    if (range.length == 0) return op.finish(op.done);

    std::byte piece[k_collected_bytes];
    const std::size_t most = std::min<std::uint64_t>(range.length, sizeof piece);
    const ssize_t read = ::pread(range.descriptor, piece, most, static_cast<off_t>(range.offset));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return op.fail(errno);
    if (read == 0) return op.fail(ENODATA);  // the file is shorter than the range
    Op part(OpKind::write, this, op.handle, {}, std::span(piece, static_cast<std::size_t>(read)));
    if (const int result = encrypt(part); result != 1) return wait_or_fail(op, result);
    range.offset += part.done;
    range.length -= part.done;
    op.done += part.done;
  }
}

bool TlsSession::attempt_shutdown(Op& op) {
  if (half_written_) return op.fail(k_half_written);
  if (!said_goodbye_) {
    // Half of a session ticket may have come: OpenSSL wants the rest before it says anything.
    const int ready = SSL_do_handshake(ssl_.get());
    if (ready != 1) return wait_or_fail(op, ready);
    SSL_shutdown(ssl_.get());
    said_goodbye_ = true;
  }
  if (!flush()) return wait_for(op, write_waits_to_read_);
  if (write_error_ != 0) return op.fail(write_error_);
  Op below(OpKind::shutdown_write, &lower_port_, lower_handle_, {});
  if (!lower_port_.attempt(below)) return wait_for(op, below.blocked_on_other_side);
  return below.outcome == Outcome::ok ? op.finish(0) : op.fail(below.error);
}

}  // namespace patchbay
