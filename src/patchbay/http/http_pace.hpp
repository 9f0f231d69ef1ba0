// HttpPace: whether a client of HTTP/1 takes what is sent to it as fast as it must.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/http/http_options.hpp"
#include "patchbay/http/http_patience.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

// A write that may take its time: what was taken until its deadline is its result, none of it too.
// Any fault is the end of the connection, for it may have come in the middle of a message.
class PacedWrite : public Op {
 public:
  // write_all or write_more; `bytes` are only read.
  PacedWrite(Stream& stream, OpKind what, std::span<const std::byte> bytes, Deadline deadline)
      : PacedWrite(stream, what, deadline) {
    data = const_cast<std::byte*>(bytes.data());
    size = bytes.size();
  }
  Result<std::size_t> await_resume() const;

 protected:
  PacedWrite(Stream& stream, OpKind what, Deadline deadline)
      : Op(what, &stream.port(), stream.handle(), deadline), asked_(deadline) {}

 private:
  Deadline asked_;
};

// The same for a part of a file. `storage` when the file ends before it.
class PacedFile : public PacedWrite {
 public:
  PacedFile(Stream& stream, FileRange range, Deadline deadline)
      : PacedWrite(stream, OpKind::send_file, deadline), range_(range) {}
  bool await_ready() {
    argument = &range_;
    return Op::await_ready();
  }
  Result<std::size_t> await_resume() const;

 private:
  FileRange range_;
};

// How much the kernel is given ahead for a client that has not shown that it reads
// (TcpOptions::unsent_bytes of a listener). Without a limit it takes megabytes for each slow
// reader, which cost time to write and more to free when it is cut off.
inline constexpr std::size_t k_http_unsent_bytes = std::size_t{128} * 1024;

// The kernel takes what it has room for, and has room anew only when a third of its buffer, which
// may be megabytes, is empty. So what a slow client has acknowledged is what counts for it, also
// against the pause that it makes (HttpLimits::reader_grace).
//
// A client that has read a mebibyte quickly may have megabytes ahead: then its acknowledgements
// drive the kernel, and this end has a seventh of the work. It is so until the client is slow.
class HttpPace {
 public:
  HttpPace(Stream& stream, const HttpLimits& limits)
      : stream_(stream), patience_(patience_with_reader(limits)) {}

  // By when the next write has to have an end, or to show something.
  Deadline begin();
  // What it has brought. `timed_out`: the client is slower than it may be.
  Result<> end(const Result<std::size_t>& written);

 private:
  std::optional<std::uint64_t> acknowledged() const;
  void trust(std::size_t written);
  void distrust();

  Stream& stream_;
  HttpPatience patience_;
  Instant began_{};
  bool is_slow_ = false;            // the last write took long
  std::uint64_t acknowledged_ = 0;  // at the last look, of a client that was slow
  std::size_t read_quickly_ = 0;    // in large pieces
  bool is_trusted_ = false;
};

}  // namespace patchbay
