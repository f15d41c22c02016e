using System.Text;
using Gatehouse.Protocols.Multipart;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Multipart;

public sealed class MultipartTests
{
    private const string Good = "--B\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"a.jar\"\r\nContent-Type: application/java-archive\r\n\r\nhello\r\n--B--\r\n";

    /// <summary>Headers of one part, the lines joined by CRLF; null: they pass.</summary>
    public static TheoryData<string, MultipartError> Headers => new()
    {
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"", MultipartError.None },
        { "content-disposition:form-data;name=u;filename=a", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"", MultipartError.None },
        { "Content-Disposition: FORM-DATA; NAME=\"u\"; FileName=\"a b.jar\"", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"\u00e4.jar\"", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''a", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a b\"; filename*=UTF-8''a%20b", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"\r\nContent-Transfer-Encoding: binary\r\nContent-Length: 1", MultipartError.None },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a;name=b\"", MultipartError.None },
        { "Content-Type: text/plain", MultipartError.NoDisposition },
        { "Content-Disposition: attachment; name=\"u\"; filename=\"a\"", MultipartError.NoDisposition },
        { "Content-Disposition: form-data", MultipartError.Disposition },
        { "Content-Disposition: form-data; filename=\"a\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"\"; filename=\"a\"", MultipartError.Disposition },
        { "Content-Disposition: form-dataname=\"u\"", MultipartError.Disposition },
        { "Content-Disposition: form-data, name=\"u\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; name=\"v\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; NAME=\"v\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename=\"../b\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; FILENAME=\"../b\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''b", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''..%2fa", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename*=utf-8''a", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=iso-8859-1''a", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8'en'a", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''%6", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''%zz", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=\"utf-8''a\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"; filename*=utf-8''a; filename*=utf-8''a", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename*0=\"a\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; size=3", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\\\"b\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"..\\a\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\"b", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=a\"b", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=a/b", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; filename=", MultipartError.Disposition },
        { "Content-Disposition: form-data; name = \"u\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\";", MultipartError.Disposition },
        { "Content-Disposition: form-data;; name=\"u\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"; =\"a\"", MultipartError.Disposition },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Disposition: form-data; name=\"v\"", MultipartError.RepeatedHeader },
        { "Content-Disposition: form-data; name=\"u\"\r\ncontent-disposition: form-data; name=\"u\"", MultipartError.RepeatedHeader },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Type: a/b\r\nContent-Type: a/b", MultipartError.RepeatedHeader },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Length: 1\r\nContent-Length: 1", MultipartError.RepeatedHeader },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Length: 2", MultipartError.PartLength },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Length: 0", MultipartError.PartLength },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Length: -1", MultipartError.PartLength },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Length: 99999999999999999999", MultipartError.PartLength },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Transfer-Encoding: base64", MultipartError.TransferEncoding },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Transfer-Encoding: quoted-printable", MultipartError.TransferEncoding },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Encoding: gzip", MultipartError.UnknownHeader },
        { "Content-Disposition: form-data; name=\"u\"\r\nX-Other: 1", MultipartError.UnknownHeader },
        { "Content-Disposition: form-data;\r\n name=\"u\"", MultipartError.HeaderLine },
        { "Content-Disposition : form-data; name=\"u\"", MultipartError.HeaderLine },
        { " Content-Disposition: form-data; name=\"u\"", MultipartError.HeaderLine },
        { "Content-Disposition", MultipartError.HeaderLine },
        { ": form-data", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"\nContent-Type: a/b", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\n\"", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\0.jar\"", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\rb\"", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\";\tfilename=\"a\"", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"; filename=\"a\u007f\"", MultipartError.HeaderLine },
        { "Content-Disposition: form-data; name=\"u\"\r\nContent-Type:", MultipartError.HeaderLine },
    };

    /// <summary>Whole bodies with boundary B.</summary>
    public static TheoryData<string, MultipartError> Bodies => new()
    {
        { Good, MultipartError.None },
        { Good[..^2], MultipartError.None },
        { "", MultipartError.CutShort },
        { "--B--", MultipartError.CutShort },
        { "--B--\r\n", MultipartError.CutShort },
        { "\r\n" + Good, MultipartError.Preamble },
        { "preamble\r\n" + Good, MultipartError.Preamble },
        { "--C\r\n\r\n", MultipartError.Preamble },
        { "-", MultipartError.CutShort },
        { "--B", MultipartError.CutShort },
        { "--B\n" + Good[5..], MultipartError.BoundaryLine },
        { "--B \r\n" + Good[5..], MultipartError.BoundaryLine },
        { "--BB\r\n" + Good[5..], MultipartError.BoundaryLine },
        { "--B\r\n\r\nx\r\n--B--", MultipartError.NoDisposition },
        { Good[..^4], MultipartError.CutShort },
        { Good[..^9], MultipartError.CutShort },
        { Good[..^1], MultipartError.CutShort },
        { Good + "x", MultipartError.Epilogue },
        { Good + "\r\n", MultipartError.Epilogue },
        { Good[..^2] + "x", MultipartError.Epilogue },
        { Good[..^2] + "\n", MultipartError.Epilogue },
        { Good[..^2] + "\r\r", MultipartError.Epilogue },
        { Good + Good, MultipartError.Epilogue },
        { Good.Replace("\r\n--B--", "\r\n--B-x", StringComparison.Ordinal), MultipartError.BoundaryLine },
        { Good.Replace("\r\n--B--", "\r\n--B \r\n", StringComparison.Ordinal), MultipartError.BoundaryLine },
        { Good.Replace("\r\n--B--", "\r\n--Bx", StringComparison.Ordinal), MultipartError.BoundaryLine },
        { Good.Replace("\r\n--B--", "\n--B--", StringComparison.Ordinal), MultipartError.CutShort },
        { Good.Replace("hello", "\n--B--\r\n", StringComparison.Ordinal), MultipartError.None },
        { Good.Replace("hello", "", StringComparison.Ordinal), MultipartError.None },
        { Good.Replace("\r\nhello", "hello", StringComparison.Ordinal), MultipartError.CutShort },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Headers_that_can_be_read_in_two_ways_are_refused(string headers, MultipartError expected)
    {
        byte[] body = Encoding.UTF8.GetBytes($"--B\r\n{headers}\r\n\r\nx\r\n--B--");
        foreach (int piece in new[] { int.MaxValue, 1, 7 })
        {
            (MultipartError error, ReadParts parts) = ReadParts.Of(body, piece);
            error.ShouldBe(expected);
            (parts.Whole.Count == 1).ShouldBe(expected == MultipartError.None);
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Bodies_begin_and_end_with_their_boundaries(string body, MultipartError expected)
    {
        foreach (int piece in new[] { int.MaxValue, 1, 3 })
        {
            (MultipartError error, ReadParts parts) = ReadParts.Of(Encoding.ASCII.GetBytes(body), piece);
            error.ShouldBe(expected);
            if (expected == MultipartError.None)
            {
                parts.Whole.Single().Part.FileName.ShouldBe("a.jar");
                parts.Whole.Single().Part.ContentType.ShouldBe("application/java-archive");
            }
        }
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=abc", "abc")]
    [InlineData("Multipart/Form-Data;boundary=\"a:b?c\"", "a:b?c")]
    [InlineData("multipart/form-data;\tboundary=----WebKitFormBoundary7MA4YWxk", "----WebKitFormBoundary7MA4YWxk")]
    [InlineData("multipart/form-data; BOUNDARY=a", "a")]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data;", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; boundary=\"\"", null)]
    [InlineData("multipart/form-data; boundary=\"a", null)]
    [InlineData("multipart/form-data; boundary=\"", null)]
    [InlineData("multipart/form-data; boundary=\"a b\"", null)]
    [InlineData("multipart/form-data; boundary=\"a\\\"b\"", null)]
    [InlineData("multipart/form-data; boundary=a b", null)]
    [InlineData("multipart/form-data; boundary=a:b", null)]
    [InlineData("multipart/form-data; boundary=a; boundary=b", null)]
    [InlineData("multipart/form-data; boundary=a, multipart/form-data; boundary=b", null)]
    [InlineData("multipart/form-data; charset=utf-8; boundary=a", null)]
    [InlineData("multipart/form-data; boundary =a", null)]
    [InlineData("multipart/form-data; boundary= a", null)]
    [InlineData("multipart/form-data boundary=a", null)]
    [InlineData("multipart/form-dataa; boundary=a", null)]
    [InlineData("multipart/mixed; boundary=a", null)]
    [InlineData("text/plain; boundary=a", null)]
    [InlineData("multipart/form-data; boundary=\u00e4", null)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    public void Boundaries_are_read_from_one_form_of_the_type(string? type, string? boundary)
    {
        MultipartType.TryReadBoundary(type, out byte[] read).ShouldBe(boundary is not null);
        Encoding.ASCII.GetString(read).ShouldBe(boundary ?? "");
    }

    [Fact]
    public void Limits_hold()
    {
        byte[] two = Encoding.ASCII.GetBytes(Good[..^4] + "\r\n" + Good[5..]);
        ReadParts.Of(two).Error.ShouldBe(MultipartError.None);
        ReadParts.Of(two).Parts.Whole.Count.ShouldBe(2);
        ReadParts.Of(two, limits: new MultipartLimits { MaxParts = 1 }).Error.ShouldBe(MultipartError.TooManyParts);
        ReadParts.Of(two, limits: new MultipartLimits { MaxPart = 4 }).Error.ShouldBe(MultipartError.PartTooLarge);
        ReadParts.Of(two, limits: new MultipartLimits { MaxPart = 5 }).Error.ShouldBe(MultipartError.None);
        ReadParts.Of(two, limits: new MultipartLimits { MaxHeaders = 40 }).Error.ShouldBe(MultipartError.HeadersTooLong);
        ReadParts.Of(Encoding.ASCII.GetBytes("--B\r\n" + new string('a', 9000)), 1).Error.ShouldBe(MultipartError.HeadersTooLong);
        byte[] announced = Encoding.ASCII.GetBytes("--B\r\nContent-Disposition: form-data; name=u\r\nContent-Length: 5\r\n\r\nhello\r\n--B--");
        ReadParts.Of(announced, limits: new MultipartLimits { MaxPart = 4 }).Error.ShouldBe(MultipartError.PartTooLarge);
    }

    [Fact]
    public void A_part_that_is_refused_hands_on_none_of_its_bytes()
    {
        (MultipartError error, ReadParts parts) = ReadParts.Of(Encoding.ASCII.GetBytes(Good), accepts: static p => p.FileName != "a.jar");
        error.ShouldBe(MultipartError.PartRefused);
        parts.Whole.ShouldBeEmpty();
    }

    [Fact]
    public void Random_parts_come_out_as_they_went_in_whatever_the_pieces()
    {
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[][] contents = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Nasty(random))];
            using var body = new MemoryStream();
            for (int i = 0; i < contents.Length; i++)
            {
                body.Write(Encoding.UTF8.GetBytes($"{(i == 0 ? "" : "\r\n")}--B1\r\nContent-Disposition: form-data; name=\"u\"; filename=\"f{i}\"\r\n\r\n"));
                body.Write(contents[i]);
            }

            body.Write("\r\n--B1--\r\n"u8);
            (MultipartError error, ReadParts parts) = ReadParts.Of(body.ToArray(), random.Next(1, 40), "B1");
            error.ShouldBe(MultipartError.None);
            parts.Whole.Select(static p => p.Part.FileName).ShouldBe(contents.Select(static (_, i) => $"f{i}"));
            for (int i = 0; i < contents.Length; i++)
            {
                parts.Whole[i].Bytes.ShouldBe(contents[i]);
            }
        }
    }

    [Fact]
    public void Mutations_never_throw_and_pieces_never_change_the_verdict()
    {
        var random = new Random(11);
        byte[] good = Encoding.ASCII.GetBytes(Good[..^4] + "\r\n" + Good[5..]);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] body = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                body[random.Next(body.Length)] = (byte)"\r\n-B;=\":\\\0/.x"[random.Next(13)];
            }

            (MultipartError whole, ReadParts parts) = ReadParts.Of(body);
            (MultipartError pieces, ReadParts same) = ReadParts.Of(body, 1 + (round % 5));
            bool isSame = pieces == whole && same.Whole.Count == parts.Whole.Count;
            for (int i = 0; isSame && i < same.Whole.Count; i++)
            {
                isSame = same.Whole[i].Part == parts.Whole[i].Part && same.Whole[i].Bytes.AsSpan().SequenceEqual(parts.Whole[i].Bytes)
                    && same.Whole[i].Part.FileName?.AsSpan().ContainsAny("\r\n\0\\\"") != true;
            }

            if (!isSame)
            {
                Assert.Fail(Encoding.Latin1.GetString(body));
            }
        }
    }

    /// <summary>Bytes full of beginnings of the boundary <c>B1</c>, but without it.</summary>
    private static byte[] Nasty(Random random)
    {
        string text = "";
        for (int i = random.Next(60); i > 0; i--)
        {
            text += (string[])["\r", "\n", "\r\n", "-", "--", "\r\n--B", "B", "1", "x", "--B"] is var bits ? bits[random.Next(bits.Length)] : "";
        }

        while (text.Contains("\r\n--B1", StringComparison.Ordinal))
        {
            text = text.Replace("\r\n--B1", "", StringComparison.Ordinal);
        }

        return Encoding.ASCII.GetBytes(text);
    }
}
