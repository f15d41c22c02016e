using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Gatehouse.Doctor.Probes;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>Whom the prober asks, how long, how much it takes, and how it leaves.</summary>
public sealed class Bounds_of_asking
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_was_not_given_is_never_called()
    {
        await using TestPort other = TestPort.Start(static (_, _) => Task.CompletedTask, address: IPAddress.Parse("127.0.0.2"));
        var prober = new Prober([IPAddress.Loopback]);

        await Should.ThrowAsync<InvalidOperationException>(() => prober.ConnectAsync(other.EndPoint, Cancellation));
        await Should.ThrowAsync<InvalidOperationException>(() => prober.TlsAsync(other.EndPoint, TlsAsk.Any, Cancellation));
        await Should.ThrowAsync<InvalidOperationException>(() => prober.HttpAsync(new HttpQuestion(other.EndPoint, "GET", "/"), Cancellation));

        prober.Asked.ShouldBe(0);
        other.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using TestPort other = TestPort.Http(static _ => TestPort.Answer(200));
        await using TestPort first = TestPort.Http(_ => TestPort.Answer(302, "", $"Location: http://{other.EndPoint}/"));

        HttpAnswer? answer = await new Prober([IPAddress.Loopback]).HttpAsync(new HttpQuestion(first.EndPoint, "GET", "/"), Cancellation);

        answer.ShouldNotBeNull().Status.ShouldBe(302);
        other.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Somebody_silent_is_waited_for_a_moment()
    {
        await using TestPort silent = TestPort.Start(static (_, cancellation) => Task.Delay(-1, cancellation));
        var prober = new Prober([IPAddress.Loopback]);
        long start = Stopwatch.GetTimestamp();

        ProbeAnswer? answer = await prober.ExchangeAsync(silent.EndPoint, "hello"u8.ToArray(), null, Cancellation);

        answer.ShouldNotBeNull().Bytes.ShouldBeEmpty();
        answer.Value.IsClosed.ShouldBeFalse();
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Somebody_who_drips_is_not_waited_for_longer()
    {
        await using TestPort drip = TestPort.Start(async static (connection, cancellation) =>
        {
            while (true)
            {
                await connection.WriteAsync("x"u8.ToArray(), cancellation);
                await Task.Delay(50, cancellation);
            }
        });
        long start = Stopwatch.GetTimestamp();

        ProbeAnswer? answer = await new Prober([IPAddress.Loopback]).ExchangeAsync(drip.EndPoint, "hello"u8.ToArray(), null, Cancellation);

        answer.ShouldNotBeNull().Bytes.Length.ShouldBeInRange(1, 100);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Of_a_gigabyte_no_more_than_the_limit_is_read()
    {
        await using TestPort flood = TestPort.Start(Flood);

        ProbeAnswer? answer = await new Prober([IPAddress.Loopback]).ExchangeAsync(flood.EndPoint, "hello"u8.ToArray(), null, Cancellation);

        answer.ShouldNotBeNull().Bytes.Length.ShouldBe(Prober.MostBytes);
    }

    [Fact]
    public async Task All_questions_together_have_a_time_and_then_nobody_is_asked()
    {
        await using TestPort silent = TestPort.Start(static (_, cancellation) => Task.Delay(-1, cancellation));
        var prober = new Prober([IPAddress.Loopback]);
        long start = Stopwatch.GetTimestamp();

        for (int i = 0; i < 20; i++)
        {
            await prober.ExchangeAsync(silent.EndPoint, "hello"u8.ToArray(), null, Cancellation);
        }

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(Longest);
        prober.IsExhausted.ShouldBeTrue();
        silent.Calls.ShouldBeInRange(2, 4);
    }

    [Fact]
    public async Task There_is_a_number_of_questions()
    {
        await using TestPort port = TestPort.Start(static (_, _) => Task.CompletedTask);
        var prober = new Prober([IPAddress.Loopback]);

        int answered = 0;
        for (int i = 0; i < Prober.MostQuestions + 20 && !prober.IsExhausted; i++)
        {
            await using ProbeConnection? connection = await prober.ConnectAsync(port.EndPoint, Cancellation);
            answered += connection is null ? 0 : 1;
        }

        prober.IsExhausted.ShouldBeTrue();
        answered.ShouldBeInRange(1, Prober.MostQuestions);
        port.Calls.ShouldBeLessThanOrEqualTo(Prober.MostQuestions);
    }

    [Fact]
    public async Task One_installation_does_not_use_up_what_another_may_ask()
    {
        await using TestPort port = TestPort.Start(static (_, _) => Task.CompletedTask);
        var whole = new Prober([IPAddress.Loopback]);
        Prober greedy = whole.Share(10), modest = whole.Share(10);
        while (!greedy.IsExhausted)
        {
            await using ProbeConnection? connection = await greedy.ConnectAsync(port.EndPoint, Cancellation);
        }

        await using ProbeConnection? answered = await modest.ConnectAsync(port.EndPoint, Cancellation);
        answered.ShouldNotBeNull();
        modest.IsExhausted.ShouldBeFalse();
        whole.IsExhausted.ShouldBeTrue("somebody was not asked everything");
        greedy.Asked.ShouldBe((Prober.MostQuestions / 10) + 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_takes_leave_in_order(bool isTls)
    {
        await using TestPort port = TestPort.Http(static _ => TestPort.Answer(200, "hello"), isTls ? TestPort.Tls() : null);
        var prober = new Prober([IPAddress.Loopback]);

        HttpAnswer? answer = await prober.HttpAsync(new HttpQuestion(port.EndPoint, "GET", "/") { IsTls = isTls }, Cancellation);
        for (int i = 0; i < 100 && port.Leaves.IsEmpty; i++)
        {
            await Task.Delay(20, Cancellation);
        }

        answer.ShouldNotBeNull().Text.ShouldBe("hello");
        port.Leaves.ShouldBe([true]);
    }

    [Fact]
    public async Task Nobody_there_is_no_answer()
    {
        int port = Testing.Network.FreePorts.Next();

        (await new Prober([IPAddress.Loopback]).ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Cancellation)).ShouldBeNull();
        (await new Prober([IPAddress.Loopback]).TlsAsync(new IPEndPoint(IPAddress.Loopback, port), TlsAsk.Any, Cancellation)).Verdict.ShouldBe(TlsVerdict.NoAnswer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handshake_tells_whether_a_certificate_is_asked_for(bool asks)
    {
        await using TestPort port = TestPort.Start(static (connection, cancellation) => connection.ReadAsync(new byte[1], cancellation).AsTask(), TestPort.Tls(asks));

        TlsAnswer answer = await new Prober([IPAddress.Loopback]).TlsAsync(port.EndPoint, TlsAsk.Any, Cancellation);

        answer.Verdict.ShouldBe(TlsVerdict.Tls);
        answer.AsksCertificate.ShouldBe(asks);
        answer.Certificate.ShouldNotBeNull().Subject.ShouldBe("CN=n1.example.org");
    }

    [Fact]
    public async Task A_handshake_over_TLS_1_2_tells_it_too()
    {
        SslServerAuthenticationOptions tls = TestPort.Tls(asksCertificate: true);
        tls.EnabledSslProtocols = SslProtocols.Tls12;
        await using TestPort port = TestPort.Start(static (connection, cancellation) => connection.ReadAsync(new byte[1], cancellation).AsTask(), tls);

        TlsAnswer answer = await new Prober([IPAddress.Loopback]).TlsAsync(port.EndPoint, TlsAsk.Any, Cancellation);

        (answer.Protocol, answer.AsksCertificate).ShouldBe((SslProtocols.Tls12, true));
    }

    [Fact]
    public async Task Weak_suites_are_found_where_they_are_taken_and_nowhere_else()
    {
        SslServerAuthenticationOptions weak = TestPort.Tls(), strict = TestPort.Tls();
        weak.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_AES_128_GCM_SHA256]);
        strict.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256]);
        await using TestPort open = TestPort.Start(static (_, _) => Task.CompletedTask, weak), closed = TestPort.Start(static (_, _) => Task.CompletedTask, strict);
        var prober = new Prober([IPAddress.Loopback]);

        (await prober.TlsAsync(open.EndPoint, TlsAsk.WeakSuites, Cancellation)).Suite.ShouldBe(TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA);
        (await prober.TlsAsync(closed.EndPoint, TlsAsk.WeakSuites, Cancellation)).Verdict.ShouldBe(TlsVerdict.Refused);
    }

    [Fact]
    public async Task What_is_no_TLS_is_told_from_what_refuses_it()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(400)), text = TestPort.Start(async static (connection, cancellation) =>
        {
            _ = await connection.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, cancellation);
            await connection.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), cancellation);
        });
        await using TestPort mute = TestPort.Start(static (_, _) => Task.CompletedTask), silent = TestPort.Start(static (_, cancellation) => Task.Delay(-1, cancellation));
        var prober = new Prober([IPAddress.Loopback]);

        (await prober.TlsAsync(text.EndPoint, TlsAsk.Any, Cancellation)).Verdict.ShouldBe(TlsVerdict.NotTls);
        (await prober.TlsAsync(mute.EndPoint, TlsAsk.Any, Cancellation)).Verdict.ShouldBe(TlsVerdict.Closed);
        (await prober.TlsAsync(silent.EndPoint, TlsAsk.Any, Cancellation)).Verdict.ShouldBe(TlsVerdict.NoAnswer);
        (await prober.TlsAsync(http.EndPoint, TlsAsk.Any, Cancellation)).SpeaksTls.ShouldBeFalse();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 204 No\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConte", false)]
    [InlineData("SSH-2.0-OpenSSH_9.2", true)]
    public void An_answer_of_HTTP_is_known_to_be_whole(string text, bool isWhole) => HttpAnswer.IsWhole(Encoding.Latin1.GetBytes(text)).ShouldBe(isWhole);

    [Fact]
    public void Chunks_are_put_together_as_far_as_they_go()
    {
        static string? Read(string body) => HttpAnswer.Parse(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))?.Text;

        Read("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").ShouldBe("abcde");
        Read("5\r\nab").ShouldBe("ab");
        Read("zz\r\nab").ShouldBe("");
        Read("7fffffff\r\nab").ShouldBe("ab");
    }

    [Fact]
    public async Task A_pair_is_tried_once_and_remembered()
    {
        var tried = new TriedPairs();
        int attempts = 0;
        Task<bool?> Attempt()
        {
            attempts++;
            return Task.FromResult<bool?>(true);
        }

        (await tried.OnceAsync("emqx 1 18083", "admin", Attempt)).ShouldBe(true);
        (await tried.OnceAsync("emqx 1 18083", "admin", Attempt)).ShouldBe(true);
        attempts.ShouldBe(1);
        await tried.OnceAsync("emqx 2 18083", "admin", Attempt);
        attempts.ShouldBe(2);
    }

    internal static async Task Flood(Stream connection, CancellationToken cancellation)
    {
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 16 * 1024; i++)
        {
            await connection.WriteAsync(block, cancellation);
        }
    }
}
