#include "patchbay/wire/multipart_reader.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// What a reader tells, as words: data that follows data is one.
class Teller {
 public:
  explicit Teller(std::string_view boundary, MultipartLimits limits = {})
      : reader_(boundary, limits) {}

  // False after a fault.
  bool feed(std::string_view text) {
    auto piece = bytes_of(text);
    for (;;) {
      const auto event = reader_.next(piece);
      if (!event) {
        tell("fault: " + event.error().why());
        return false;
      }
      if (*event == MultipartEvent::need_more) {
        EXPECT_TRUE(piece.empty());
        return true;
      }
      tell(*event);
    }
  }

  Words finish() {
    const auto finished = reader_.finish();
    if (!finished) tell("fault: " + finished.error().why());
    return words_;
  }

 private:
  void tell(MultipartEvent event) {
    if (event == MultipartEvent::part_begin) {
      const auto& part = reader_.part();
      tell("begin " + part.disposition.name + '|' + part.disposition.filename.value_or("-") + '|' +
           part.content_type);
    } else if (event == MultipartEvent::data) {
      EXPECT_FALSE(reader_.data().empty());
      if (!in_data_) words_.emplace_back();
      words_.back() += as_text(reader_.data());
      in_data_ = true;
    } else {
      tell(event == MultipartEvent::part_end ? "part end" : "end");
    }
  }
  void tell(std::string words) {
    if (!words_.empty() && words_.back() == words) return;  // a fault is repeated
    words_.push_back(std::move(words));
    in_data_ = false;
  }

  MultipartReader reader_;
  Words words_;
  bool in_data_ = false;
};

Words read(std::string_view body, MultipartLimits limits = {}) {
  Teller teller("AaB03x", limits);
  teller.feed(body);
  return teller.finish();
}

// A part named "f" with this content, and the end.
std::string form(std::string_view content, std::string_view headers = "") {
  return "--AaB03x\r\nContent-Disposition: form-data; name=\"f\"\r\n" + std::string(headers) +
         "\r\n" + std::string(content) + "\r\n--AaB03x--\r\n";
}

void expect_content(std::string_view content) {
  Words expected = {"begin f|-|"};
  if (!content.empty()) expected.emplace_back(content);
  expected.emplace_back("part end");
  expected.emplace_back("end");
  EXPECT_EQ(read(form(content)), expected) << content;
}

void expect_fault(std::string_view body, std::string_view why, MultipartLimits limits = {}) {
  const Words words = read(body, limits);
  ASSERT_FALSE(words.empty());
  EXPECT_EQ(words.back(), "fault: " + std::string(why)) << body;
}

const std::string k_two_parts =
    "--AaB03x\r\n"
    "content-disposition: form-data; name=\"field1\"\r\n"
    "content-type: text/plain;charset=UTF-8\r\n"
    "content-transfer-encoding: 8bit\r\n"
    "\r\n"
    "Joe owes \xe2\x82\xac"
    "100.\r\n"
    "--AaB03x\r\n"
    "Content-Disposition: form-data; name=\"pics\"; filename=\"C:\\x\\file1.bin\"\r\n"
    "Content-Type: application/octet-stream\r\n"
    "\r\n"
    "\r\r\n\r\n-\r\n--AaB03\r\n--AaB03y\0--\r\n"
    "\r\n--AaB03x--\r\n"s;

const Words k_told = {"begin field1|-|text/plain;charset=UTF-8",
                      "Joe owes \xe2\x82\xac"
                      "100.",
                      "part end",
                      "begin pics|file1.bin|application/octet-stream",
                      "\r\r\n\r\n-\r\n--AaB03\r\n--AaB03y\0--\r\n"s,
                      "part end",
                      "end"};

TEST(MultipartReader, TellsThePartsOfAForm) { EXPECT_EQ(read(k_two_parts), k_told); }

TEST(MultipartReader, TellsTheSameWhereverTheBodyIsCutInTwo) {
  for (std::size_t cut = 0; cut <= k_two_parts.size(); ++cut) {
    Teller teller("AaB03x");
    teller.feed(std::string_view(k_two_parts).substr(0, cut));
    teller.feed(std::string_view(k_two_parts).substr(cut));
    EXPECT_EQ(teller.finish(), k_told) << "cut at " << cut;
  }
}

TEST(MultipartReader, TellsTheSameInPiecesOfAnySize) {
  for (std::size_t size = 1; size <= 64; ++size) {
    Teller teller("AaB03x");
    for (std::size_t at = 0; at < k_two_parts.size(); at += size) {
      teller.feed(std::string_view(k_two_parts).substr(at, size));
    }
    EXPECT_EQ(teller.finish(), k_told) << "pieces of " << size;
  }
}

// Content made of pieces of delimiters, in bodies cut at random.
TEST(MultipartReader, GivesBackWhatAFormWasMadeOf) {
  constexpr std::string_view pieces[] = {"\r", "\n", "\r\n", "-", "--", "AaB03x", "AaB0", "x", ""};
  std::mt19937 random(7578);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1);
  for (int round = 0; round < 5'000; ++round) {
    std::string content;
    for (int left = round % 12; left > 0; --left) content += pieces[piece(random)];
    if (("\r\n" + content).find("\r\n--AaB03x") != content.npos) continue;  // no content of a form
    const std::string body = form(content);
    Teller teller("AaB03x");
    for (std::string_view rest = body; !rest.empty();) {
      const auto cut = std::uniform_int_distribution<std::size_t>(1, rest.size())(random);
      teller.feed(rest.substr(0, cut));
      rest.remove_prefix(cut);
    }
    Words expected = {"begin f|-|", content, "part end", "end"};
    if (content.empty()) expected.erase(expected.begin() + 1);
    ASSERT_EQ(teller.finish(), expected) << escape_terminal(content);
  }
}

TEST(MultipartReader, GivesContentByteForByte) {
  expect_content("");
  expect_content("x");
  expect_content("\r\n");
  expect_content("\r");
  expect_content("\n--AaB03x");
  expect_content("--AaB03");
  expect_content("x--AaB03x");
  expect_content("\r\n\r\n");
}

TEST(MultipartReader, PassesOverPreamblePaddingAndEpilogue) {
  const Words expected = {"begin f|-|", "x", "part end", "end"};
  EXPECT_EQ(read("\r\n" + form("x")), expected);
  EXPECT_EQ(read("This is ignored.\r\n--AaB03\r\n" + form("x") + "\r\n--AaB03x\r\nand this"),
            expected);
  EXPECT_EQ(read("--AaB03x \t\r\n" + form("x").substr(10)), expected);
}

TEST(MultipartReader, TakesAnEmptyFormAndAPartWithoutBody) {
  EXPECT_EQ(read("--AaB03x--"), (Words{"end"}));
  EXPECT_EQ(read("--AaB03x\r\nContent-Disposition: form-data; name=f\r\n\r\n--AaB03x--"),
            (Words{"begin f|-|", "part end", "end"}));
}

TEST(MultipartReader, SaysThatABodyIsNotWhole) {
  const std::string body = form("content");
  const std::size_t whole = body.size() - 2;  // the last line end is not needed
  for (std::size_t size = 0; size < whole; ++size) {
    const Words words = read(body.substr(0, size));
    ASSERT_FALSE(words.empty());
    EXPECT_EQ(words.back(), "fault: the body ends before its last part does") << size;
  }
  EXPECT_EQ(read(body.substr(0, whole)).back(), "end");
}

TEST(MultipartReader, RefusesABoundaryThatGoesOn) {
  const std::string_view why = "a boundary is not at the end of its line";
  for (const std::string_view tail :
       {"y\r\n", "-\r\n", "-x", "\rx", "\n", " -", " --", " x", "\r\r\n"}) {
    expect_fault("--AaB03x" + std::string(tail), why);
    expect_fault(form("x").substr(0, form("x").size() - 4) + std::string(tail), why);
  }
  expect_fault("--AaB03x" + std::string(65, ' ') + "\r\n", why);
}

TEST(MultipartReader, RefusesHeadersThatItCannotRead) {
  const std::string_view why = "a header of a part cannot be read";
  for (const std::string_view line : {"X", ": x", "X : y", "X: a\nY: b", "X: a\rb", " X: folded",
                                      "X: \x01", "X\xff: y", "X: \x7f"}) {
    expect_fault(form("x", std::string(line) + "\r\n"), why);
  }
  expect_fault(form("x", "X: a\0b\r\n"s), why);
}

TEST(MultipartReader, RefusesPartsThatAreNotOfAForm) {
  expect_fault("--AaB03x\r\n\r\nx", "a part has no Content-Disposition");
  expect_fault("--AaB03x\r\nX: y\r\n\r\nx", "a part has no Content-Disposition");
  expect_fault("--AaB03x\r\nContent-Disposition: attachment\r\n\r\nx", "a part is not form-data");
  expect_fault(form("x", "Content-Disposition: form-data; name=g\r\n"),
               "a part has two Content-Disposition headers");
  expect_fault(form("x", "Content-Type: a/b\r\ncontent-type: a/b\r\n"),
               "a part has two Content-Type headers");
  expect_fault(form("x", "Content-Type: a/\xc3\xa4\r\n"),
               "the Content-Type of a part cannot be read");
  expect_fault(form("x", "Content-Transfer-Encoding: base64\r\n"),
               "a part has a Content-Transfer-Encoding");
}

TEST(MultipartReader, RepeatsItsFault) {
  MultipartReader reader("AaB03x");
  auto piece = bytes_of("--AaB03xy and more");
  ASSERT_FALSE(reader.next(piece));
  auto other = bytes_of("--AaB03x--");
  const auto again = reader.next(other);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault(), Fault::protocol);
  EXPECT_FALSE(reader.finish());
}

TEST(MultipartReader, HasALimitOnTheHeadersOfAPart) {
  const std::string body = form("x");
  const std::size_t header_bytes = body.find("\r\n\r\n") + 4 - 10;
  EXPECT_EQ(read(body, {.header_bytes = header_bytes}).back(), "end");
  expect_fault(body, "the headers of a part are too long", {.header_bytes = header_bytes - 1});
  expect_fault("--AaB03x\r\n" + std::string(100'000, 'x'), "the headers of a part are too long");

  MultipartReader reader("AaB03x", {.header_bytes = 4});
  auto piece = bytes_of("--AaB03x\r\nX: yz");
  const auto event = reader.next(piece);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().fault(), Fault::limit);
}

TEST(MultipartReader, HasALimitOnTheNumberOfParts) {
  std::string body;
  for (int i = 0; i < 3; ++i) {
    body += "--AaB03x\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n";
  }
  body += "--AaB03x--";
  EXPECT_EQ(read(body, {.parts = 3}).back(), "end");
  expect_fault(body, "it has too many parts", {.parts = 2});
  expect_fault(body, "it has too many parts", {.parts = 0});
}

TEST(FormBoundary, IsReadFromTheContentType) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=AaB03x"), "AaB03x");
  EXPECT_EQ(form_boundary("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b/c=:?\""), "a b/c=:?");
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
            "----WebKitFormBoundary7MA4YWxkTrZu0gW");
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
}

TEST(FormBoundary, IsNothingThatRfc2046Refuses) {
  for (const std::string& type :
       {""s, "multipart/form-data"s, "multipart/mixed; boundary=x"s, "text/plain; boundary=x"s,
        "multipart/form-data; boundary="s, "multipart/form-data; boundary=\"\""s,
        "multipart/form-data; boundary=\"x \""s, "multipart/form-data; boundary=\"x\ty\""s,
        "multipart/form-data; boundary=x y"s, "multipart/form-data; boundary=x; boundary=x"s,
        "multipart/form-data boundary=x"s, "multipart/form-data; boundary=x*y"s,
        "multipart/form-data; boundary=\"\xc3\xa4\""s,
        "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_FALSE(form_boundary(type)) << type;
  }
}

}  // namespace
}  // namespace patchbay
