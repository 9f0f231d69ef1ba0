// The head of a request: whatever comes is incomplete, complete or refused, within its limits, and
// a beginning of it is incomplete or the same. The first two bytes of the input choose the limits
// and where it is cut.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace {

using namespace patchbay;

bool is_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_complete(const Http1Request& request, std::string_view bytes,
                    const Http1Limits& limits) {
  FUZZ_CHECK(request.bytes <= bytes.size() && request.bytes <= limits.head_bytes);
  const std::string_view head = bytes.substr(0, request.bytes);
  FUZZ_CHECK(head.ends_with("\r\n\r\n"));
  FUZZ_CHECK(is_within(request.method, head) && is_http_token(request.method));
  FUZZ_CHECK(is_within(request.target, head) && !request.target.empty());
  FUZZ_CHECK(request.path.starts_with('/') || request.path == "*" || request.method == "CONNECT");
  FUZZ_CHECK(is_host(request.host));
  FUZZ_CHECK(request.fields.size() <= limits.fields);
  for (const auto& [name, value] : request.fields) {
    FUZZ_CHECK(is_within(name, head) && is_http_token(name));
    FUZZ_CHECK(is_within(value, head) && is_field_value(value) && trim_blanks(value) == value);
  }
  FUZZ_CHECK(request.minor == 0 || request.fields.count("host") == 1);
  FUZZ_CHECK(request.fields.count("content-length") + request.fields.count("transfer-encoding") <=
             1);
  FUZZ_CHECK(request.fields.has("transfer-encoding") ==
             (request.framing.kind == BodyKind::chunked));
  FUZZ_CHECK(request.framing.kind != BodyKind::until_close);
  FUZZ_CHECK(!request.expects_continue || request.framing.has_body());
}

void check_refused(const HttpRefusal& refusal) {
  constexpr int answers[] = {400, 414, 417, 431, 501, 505};
  FUZZ_CHECK(std::ranges::find(answers, refusal.status) != std::end(answers));
  FUZZ_CHECK(refusal.reason != nullptr);
}

void check_same(const Http1Request& a, const Http1Request& b) {
  const auto same_field = [](const HttpField& x, const HttpField& y) {
    return x.name == y.name && x.value == y.value;
  };
  FUZZ_CHECK(a.refusal.status == b.refusal.status && a.refusal.reason == b.refusal.reason);
  if (a.refusal.status != 0) return;
  FUZZ_CHECK(a.bytes == b.bytes && a.method == b.method && a.target == b.target &&
             a.path == b.path && a.query == b.query && a.host == b.host);
  FUZZ_CHECK(std::ranges::equal(a.fields, b.fields, same_field));
  FUZZ_CHECK(a.framing.kind == b.framing.kind &&
             a.framing.content_length == b.framing.content_length);
  FUZZ_CHECK(a.keep_alive == b.keep_alive && a.expects_continue == b.expects_continue);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  Http1Limits limits;
  if (data[0] % 2 == 1) limits = {data[0] * 2U, data[0] / 2U, data[0] / 16U};

  Http1Request whole;
  const HeadState state = parse_request(bytes, limits, whole);
  if (state == HeadState::complete) check_complete(whole, bytes, limits);
  if (state == HeadState::refused) check_refused(whole.refusal);
  FUZZ_CHECK(state != HeadState::incomplete || bytes.size() < limits.head_bytes);

  Http1Request beginning;
  const std::size_t cut = bytes.size() * data[1] / 255;
  for (const std::size_t end :
       {cut, cut + 1, cut + 2, bytes.size() - std::min(bytes.size(), 1UL)}) {
    const HeadState earlier = parse_request(bytes.substr(0, end), limits, beginning);
    if (earlier == HeadState::incomplete) continue;
    FUZZ_CHECK(earlier == state);
    check_same(beginning, whole);
  }
  return 0;
}
