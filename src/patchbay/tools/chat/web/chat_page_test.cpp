#include "patchbay/tools/chat/web/chat_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "patchbay/http/decompress_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

// What a visitor fetches until he sees the page; the licences are asked for by few.
constexpr std::array k_fetched{"/index.html", "/chat.css", "/chat.js"};
constexpr std::size_t k_budget_bytes = 40 * 1024;

const EmbeddedAsset& asset(std::string_view path) {
  const auto all = chat_page_assets();
  const auto found = std::ranges::find(all, path, &EmbeddedAsset::path);
  if (found == all.end()) throw std::runtime_error("there is no " + std::string(path));
  return *found;
}

TEST(ChatPage, HasPackedFormsOfTheSameContent) {
  ASSERT_FALSE(chat_page_assets().empty());
  for (const EmbeddedAsset& one : chat_page_assets()) {
    const Decompressed gzip = gunzip(one.gzip);
    const Decompressed br = unbrotli(one.br);
    EXPECT_TRUE(gzip.complete && br.complete) << one.path;
    EXPECT_TRUE(gzip.text == one.content) << one.path << ".gz is of another build: web/build";
    EXPECT_TRUE(br.text == one.content) << one.path << ".br is of another build: web/build";
  }
}

TEST(ChatPage, KeepsItsBudget) {
  std::size_t bytes = 0;
  for (const char* path : k_fetched) bytes += asset(path).gzip.size();
  EXPECT_LE(bytes, k_budget_bytes) << "of a page that is fetched with gzip";
}

// Its policy would refuse what is here, and nobody would see why.
TEST(ChatPage, HasNothingInline) {
  const std::string_view html = asset("/index.html").content;
  for (const char* inline_code : {"<style", " style=", " onclick=", " onload=", "javascript:"}) {
    EXPECT_EQ(html.find(inline_code), std::string_view::npos) << inline_code;
  }
  for (std::size_t at = html.find("<script"); at != std::string_view::npos;
       at = html.find("<script", at + 1)) {
    EXPECT_NE(html.substr(at, html.find('>', at) - at).find(" src="), std::string_view::npos);
  }
  for (const char* path : k_fetched) {
    if (std::string_view(path) == "/index.html") continue;
    const std::string link = "=\"" + std::string(path).substr(1) + "\"";
    EXPECT_NE(html.find(link), std::string_view::npos) << path;
  }
}

// Neither tables of fonts nor scripts nor pictures: an address in it is one that nobody fetches,
// such as the name of a format.
TEST(ChatPage, NamesNoOtherHost) {
  for (const char* path : {"/chat.css", "/chat.js"}) {
    std::string_view text = asset(path).content;
    for (std::size_t at = text.find("://"); at != std::string_view::npos;
         at = text.find("://", at + 1)) {
      EXPECT_TRUE(text.substr(at).starts_with("://www.w3.org/")) << text.substr(at - 20, 60);
    }
  }
}

TEST(ChatPage, IsServedUnderItsPolicy) {
  const auto page = chat_page();
  for (const char* path : {"/", "/chat.js", "/chat.css", "/licences.txt", "/none"}) {
    const HttpHeardAnswer answer = ask(*page, get_of(path));
    EXPECT_EQ(answer.status, std::string_view(path) == "/none" ? 404 : 200) << path;
    EXPECT_EQ(answer.field("content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.field("referrer-policy"), "no-referrer") << path;
  }
  const HttpHeardAnswer packed = ask(*page, get_of("/chat.js", "Accept-Encoding: br\r\n"));
  EXPECT_EQ(packed.field("content-encoding"), "br");
  EXPECT_TRUE(unbrotli(packed.body).text == asset("/chat.js").content);
  const std::string tag = packed.field("etag");
  const std::string lines = "Accept-Encoding: br\r\nIf-None-Match: " + tag + "\r\n";
  EXPECT_EQ(ask(*page, get_of("/chat.js", lines)).status, 304);
}

}  // namespace
}  // namespace patchbay
