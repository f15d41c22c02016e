using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Http;

public sealed class CanonicalTargetTests
{
    [Theory]
    // design.md section 4: what two parsers could read differently is refused.
    [InlineData("", TargetError.Empty)]
    [InlineData("*", TargetError.NotOriginForm)]
    [InlineData("http://127.0.0.1/_search", TargetError.NotOriginForm)]
    [InlineData("example.org:443", TargetError.NotOriginForm)]
    [InlineData("_search", TargetError.NotOriginForm)]
    [InlineData("?a=b", TargetError.NotOriginForm)]
    [InlineData("//", TargetError.EmptySegment)]
    [InlineData("//evil.example/x", TargetError.EmptySegment)]
    [InlineData("/a//b", TargetError.EmptySegment)]
    [InlineData("/a//", TargetError.EmptySegment)]
    [InlineData("/.", TargetError.DotSegment)]
    [InlineData("/..", TargetError.DotSegment)]
    [InlineData("/a/../b", TargetError.DotSegment)]
    [InlineData("/a/./b", TargetError.DotSegment)]
    [InlineData("/a/%2e%2e/b", TargetError.DotSegment)]
    [InlineData("/a/.%2E/b", TargetError.DotSegment)]
    [InlineData("/a/%2e/b", TargetError.DotSegment)]
    [InlineData("/a/x%2F..%2Fy", TargetError.DotSegment)]
    [InlineData("/a/..%2Fy", TargetError.DotSegment)]
    [InlineData("/a/y%2f.", TargetError.DotSegment)]
    [InlineData("/a\\b", TargetError.Backslash)]
    [InlineData("/a%5Cb", TargetError.Backslash)]
    [InlineData("/a%5cb", TargetError.Backslash)]
    [InlineData("/a?x\\=1", TargetError.Backslash)]
    [InlineData("/a?x%5C=1", TargetError.Backslash)]
    [InlineData("/a?x=\\", TargetError.Backslash)]
    [InlineData("/a%00", TargetError.ControlCharacter)]
    [InlineData("/a%0d%0aX", TargetError.ControlCharacter)]
    [InlineData("/a%7f", TargetError.ControlCharacter)]
    [InlineData("/a%c2%85", TargetError.ControlCharacter)]
    [InlineData("/a?b=%00", TargetError.ControlCharacter)]
    [InlineData("/a?b=%0a", TargetError.ControlCharacter)]
    [InlineData("/a\u0000", TargetError.ControlCharacter)]
    [InlineData("/a b", TargetError.ControlCharacter)]
    [InlineData("/a\tb", TargetError.ControlCharacter)]
    [InlineData("/a?b= c", TargetError.ControlCharacter)]
    [InlineData("/a%", TargetError.BadEscape)]
    [InlineData("/a%2", TargetError.BadEscape)]
    [InlineData("/a%%41", TargetError.BadEscape)]
    [InlineData("/a%u0041", TargetError.BadEscape)]
    [InlineData("/a%g1", TargetError.BadEscape)]
    [InlineData("/a?b=%", TargetError.BadEscape)]
    [InlineData("/a?%zz=1", TargetError.BadEscape)]
    [InlineData("/%c0%af", TargetError.InvalidUtf8)]
    [InlineData("/%c0%ae%c0%ae", TargetError.InvalidUtf8)]
    [InlineData("/%e0%80%af", TargetError.InvalidUtf8)]
    [InlineData("/%ed%a0%80", TargetError.InvalidUtf8)]
    [InlineData("/%ff", TargetError.InvalidUtf8)]
    [InlineData("/%e2%82", TargetError.InvalidUtf8)]
    [InlineData("/%f4%90%80%80", TargetError.InvalidUtf8)]
    [InlineData("/a?b=%ff", TargetError.InvalidUtf8)]
    [InlineData("/\u00e9", TargetError.NotAscii)]
    [InlineData("/a?b=\u20ac", TargetError.NotAscii)]
    [InlineData("/\uff0f", TargetError.NotAscii)]
    [InlineData("/a#b", TargetError.Fragment)]
    [InlineData("/a?b#c", TargetError.Fragment)]
    [InlineData("/a;jsessionid=1", TargetError.Semicolon)]
    [InlineData("/a/..;/b", TargetError.Semicolon)]
    [InlineData("/a?b=1;c=2", TargetError.Semicolon)]
    [InlineData("/a?=1", TargetError.EmptyParameterName)]
    [InlineData("/a?&", TargetError.EmptyParameterName)]
    [InlineData("/a?b=1&", TargetError.EmptyParameterName)]
    [InlineData("/a?b=1&&c=2", TargetError.EmptyParameterName)]
    public void Ambiguous_target_is_refused(string raw, TargetError expected)
    {
        CanonicalTarget target = new();
        target.Parse("/before?x=1").ShouldBe(TargetError.None);
        target.Parse(raw).ShouldBe(expected);
        target.SegmentCount.ShouldBe(0);
        target.ParameterCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/?", "/")]
    [InlineData("/a", "/a")]
    [InlineData("/a/", "/a/")]
    [InlineData("/a?", "/a")]
    [InlineData("/a/b/c", "/a/b/c")]
    [InlineData("/%61%2Db", "/a-b")]
    [InlineData("/%5Fsearch", "/_search")]
    [InlineData("/%255Fsearch", "/%255Fsearch")]
    [InlineData("/a%20b", "/a%20b")]
    [InlineData("/a+b", "/a%2Bb")]
    [InlineData("/a%3Bb", "/a%3Bb")]
    [InlineData("/a%23b", "/a%23b")]
    [InlineData("/a%3fb", "/a%3Fb")]
    [InlineData("/%e2%82%ac", "/%E2%82%AC")]
    [InlineData("/a%2fb", "/a%2Fb")]
    [InlineData("/...", "/...")]
    [InlineData("/.a/a.", "/.a/a.")]
    [InlineData("/<x-{now|d}>", "/%3Cx-%7Bnow%7Cd%7D%3E")]
    [InlineData("/a,b:c@d*", "/a,b:c@d*")]
    [InlineData("/a?b", "/a?b")]
    [InlineData("/a?b=", "/a?b=")]
    [InlineData("/a?b=c=d", "/a?b=c%3Dd")]
    [InlineData("/a?b=c?d/e", "/a?b=c%3Fd%2Fe")]
    [InlineData("/a?b=c+d", "/a?b=c%20d")]
    [InlineData("/a?b=c%2Bd", "/a?b=c%2Bd")]
    [InlineData("/a?b=c%26d", "/a?b=c%26d")]
    [InlineData("/a?b=%5C", "/a?b=%5C")]
    [InlineData("/a?b=1&c=2&b=3", "/a?b=1&c=2&b=3")]
    [InlineData("/a?b=../..", "/a?b=..%2F..")]
    public void Target_is_rewritten_in_one_form(string raw, string canonical)
    {
        CanonicalTarget target = new();
        target.Parse(raw).ShouldBe(TargetError.None);
        target.ToString().ShouldBe(canonical);
        ArrayBufferWriter<byte> writer = new();
        target.WriteCanonical(writer);
        Encoding.ASCII.GetString(writer.WrittenSpan).ShouldBe(canonical);
        CanonicalTarget again = new();
        again.Parse(canonical).ShouldBe(TargetError.None);
        Describe(again).ShouldBe(Describe(target));
    }

    [Fact]
    public void Decoded_parts_are_handed_out()
    {
        CanonicalTarget target = new();
        target.Parse("/a%20b/c%2Fd/?x=1%262&y&Z=&z=3").ShouldBe(TargetError.None);
        target.SegmentCount.ShouldBe(2);
        Encoding.UTF8.GetString(target.Segment(0)).ShouldBe("a b");
        Encoding.UTF8.GetString(target.Segment(1)).ShouldBe("c/d");
        target.HasEncodedSlash(0).ShouldBeFalse();
        target.HasEncodedSlash(1).ShouldBeTrue();
        target.HasTrailingSlash.ShouldBeTrue();
        target.ParameterCount.ShouldBe(4);
        target.TryGetParameter("x"u8, out ReadOnlySpan<byte> x).ShouldBeTrue();
        Encoding.UTF8.GetString(x).ShouldBe("1&2");
        target.ParameterHasValue(1).ShouldBeFalse();
        target.ParameterHasValue(2).ShouldBeTrue();
        target.IsRepeated(2).ShouldBeFalse();
        target.IsRepeated(3).ShouldBeTrue();
    }

    [Fact]
    public void Limits_are_exact()
    {
        CanonicalTarget target = new();
        target.Parse("/" + new string('a', CanonicalTarget.MaxLength - 1)).ShouldBe(TargetError.None);
        target.Parse("/" + new string('a', CanonicalTarget.MaxLength)).ShouldBe(TargetError.TooLong);
        target.Parse("/" + new string('"', CanonicalTarget.MaxLength / 2)).ShouldBe(TargetError.TooLong);
        target.Parse(string.Concat(Enumerable.Repeat("/a", CanonicalTarget.MaxSegments))).ShouldBe(TargetError.None);
        target.Parse(string.Concat(Enumerable.Repeat("/a", CanonicalTarget.MaxSegments + 1))).ShouldBe(TargetError.TooManySegments);
        string parameters = string.Join('&', Enumerable.Range(0, CanonicalTarget.MaxParameters).Select(static i => $"p{i}=1"));
        target.Parse("/?" + parameters).ShouldBe(TargetError.None);
        target.Parse("/?" + parameters + "&q").ShouldBe(TargetError.TooManyParameters);
    }

    [Fact]
    public void Parsing_the_canonical_form_gives_the_same_target()
    {
        Gen<string> pieces = Gen.Elements(
            "/", "/", "/", "a", "b", ".", "..", "%2e", "%2F", "%25", "%20", "%c3%a9", "%ff", "+", "?", "&", "=", "x=1", ";", "*", "\"", "%5C", "~");
        Gen<string> targets = pieces.ArrayOf().Select(static parts => "/" + string.Concat(parts));
        Prop.ForAll(targets.ToArbitrary(), static raw =>
        {
            CanonicalTarget first = new();
            if (first.Parse(raw) != TargetError.None)
            {
                return true;
            }

            CanonicalTarget second = new();
            return second.Parse(first.ToString()) == TargetError.None && Describe(first) == Describe(second) &&
                first.ToString() == second.ToString();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void Every_error_has_a_word_of_its_own()
    {
        string[] words = [.. Enum.GetValues<TargetError>().Select(TargetErrors.Word)];
        words.Distinct().Count().ShouldBe(words.Length);
        Enum.GetValues<MatchError>().Select(MatchErrors.Word).Distinct().Count().ShouldBe(Enum.GetValues<MatchError>().Length);
        Enum.GetValues<ClassifyError>().Select(ClassifyErrors.Word).Distinct().Count().ShouldBe(Enum.GetValues<ClassifyError>().Length);
        Enum.GetValues<ResponseError>().Select(ResponseErrors.Word).Distinct().Count().ShouldBe(Enum.GetValues<ResponseError>().Length);
    }

    [Fact]
    public void Reading_a_target_allocates_nothing_once_warm()
    {
        CanonicalTarget target = new();
        byte[] buffer = new byte[1024];
        target.Parse("/api/items/a%2Fb?x=1&y=%20");
        target.WriteCanonical(buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            target.Parse("/api/items/a%2Fb?x=1&y=%20");
            target.WriteCanonical(buffer);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static string Describe(CanonicalTarget target)
    {
        StringBuilder text = new();
        for (int i = 0; i < target.SegmentCount; i++)
        {
            text.Append('[').Append(Encoding.UTF8.GetString(target.Segment(i))).Append(target.HasEncodedSlash(i)).Append(']');
        }

        text.Append(target.HasTrailingSlash);
        for (int i = 0; i < target.ParameterCount; i++)
        {
            text.Append('{').Append(Encoding.UTF8.GetString(target.ParameterName(i))).Append('|')
                .Append(Encoding.UTF8.GetString(target.ParameterValue(i))).Append(target.ParameterHasValue(i))
                .Append(target.IsRepeated(i)).Append('}');
        }

        return text.ToString();
    }
}
