// MultipartReader: the parts of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1), as it
// comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/wire/form_disposition.hpp"

namespace patchbay {

struct MultipartLimits {
  std::size_t header_bytes = 8192;  // of one part, with its line ends
  std::size_t parts = 1000;         // of the whole body
};

enum class MultipartEvent : std::uint8_t {
  need_more,   // all of the piece was taken
  part_begin,  // see part()
  data,        // see data(): some more bytes of the part, at least one
  part_end,
  end,  // of the last part; whatever follows is taken and passed over
};

// The boundary out of a Content-Type: multipart/form-data; boundary=… Nothing for another type,
// and for a boundary that RFC 2046 does not allow: 1 to 70 of its characters, the last no blank.
std::optional<std::string> form_boundary(std::string_view content_type);

// Holds no data: its memory is the limit of a part's headers. How long a part or the whole may be
// is for the caller to limit.
class MultipartReader {
 public:
  struct Part {
    FormDisposition disposition;
    std::string content_type;  // as it was sent, of printable ASCII; "" when the part has none
  };

  // `boundary` is what form_boundary() gives.
  explicit MultipartReader(std::string_view boundary, MultipartLimits limits = {});

  // Takes the next event off the front of `piece`; call again with the rest until it says
  // `need_more`. Where the body was cut into pieces changes nothing but how the data is divided.
  //
  // Faults: `protocol` for what is no form data, `limit` for a part of too many header bytes or too
  // many parts. After a fault there is nothing more to read, and every call repeats it.
  Result<MultipartEvent> next(std::span<const std::byte>& piece);

  // At the end of the body: a fault `protocol` unless the last part has ended.
  Result<> finish() const;

  // Of the part that began last.
  const Part& part() const { return part_; }
  // Of the event `data`: bytes of the piece, or of this reader; valid until the next call.
  std::span<const std::byte> data() const { return data_; }

 private:
  enum class State : std::uint8_t {
    preamble,   // before the first delimiter
    tail,       // behind a delimiter: the end of its line, or two dashes
    tail_cr,    // behind the CR of that line
    tail_dash,  // behind the first of the dashes
    headers,
    body,
    ended,
  };

  // Each takes something off the front. Nothing: go on, or there is a fault.
  std::optional<MultipartEvent> step(std::string_view& piece);
  std::optional<MultipartEvent> read_tail(std::string_view& piece);
  std::optional<MultipartEvent> read_headers(std::string_view& piece);
  std::optional<MultipartEvent> read_content(std::string_view& piece);
  std::optional<MultipartEvent> go_on_with_delimiter(std::string_view& piece);
  std::optional<MultipartEvent> begin_part();
  std::optional<MultipartEvent> leave_content();
  std::optional<MultipartEvent> give(std::string_view content);

  std::string delimiter_;  // CR LF -- boundary
  MultipartLimits limits_;
  State state_ = State::preamble;
  std::size_t matched_ = 0;   // bytes of a delimiter that were taken and may yet be data
  std::size_t borrowed_ = 0;  // the first of them, which are the end of a line before the content
  std::size_t parts_ = 0;
  std::size_t padding_ = 0;  // blanks behind a delimiter
  std::string headers_;
  Part part_;
  std::span<const std::byte> data_;
  std::optional<Error> fault_;
};

}  // namespace patchbay
