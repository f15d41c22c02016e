using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class Outputs_deliver_each_record : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TrailFolder _folder = new();
    private readonly ReceiverCa _ca = new();
    private readonly HttpListener _collector = new();

    public void Dispose()
    {
        ((IDisposable)_collector).Dispose();
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_is_lost_and_the_order_kept_while_the_receiver_is_killed_again_and_again()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        var seen = new List<long>();
        SyslogReceiver receiver = SyslogReceiver.Start(certificate, killAfter: 300);
        int port = receiver.Port;
        await using (FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { SegmentBytes = 300_000 }))
        {
            await using AuditOutputs outputs = Outputs(Settings(port), new AuditDelivery());
            outputs.Start(trail.Write);
            for (int round = 0; round < 4; round++)
            {
                for (int i = 0; i < 1000; i++)
                {
                    TrailFolder.Record(trail, $"/{round}/{i}");
                }

                await trail.FlushAsync(CancellationToken.None);
                await UntilAsync(() => receiver.Messages.Count >= (round < 3 ? 300 : 1));
                await receiver.DisposeAsync();
                seen.AddRange(InOrder(receiver));
                receiver = SyslogReceiver.Start(certificate, port, killAfter: round < 2 ? 300 : int.MaxValue);
            }

            long last = _folder.Records()[^1].Sequence;
            await UntilAsync(() => receiver.Messages.Any(m => m.Contains($"seq=\"{last}\"", StringComparison.Ordinal)));
        }

        await receiver.DisposeAsync();
        seen.AddRange(InOrder(receiver));
        long[] written = [.. _folder.Records().Where(r => r.Path is not null).Select(static r => r.Sequence)];
        written.Length.ShouldBe(4000);
        written.Except(seen).ShouldBeEmpty("each record came at least once");
    }

    [Fact]
    public async Task The_last_record_goes_out_at_a_stop_and_the_next_start_sends_nothing_twice()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        await using SyslogReceiver receiver = SyslogReceiver.Start(certificate);
        long before = 0;
        for (int start = 0; start < 2; start++)
        {
            await using AuditOutputs outputs = Outputs(Settings(receiver.Port), new AuditDelivery());
            await using (FileAuditTrail trail = await _folder.OpenAsync())
            {
                outputs.Start(trail.Write);
                TrailFolder.Record(trail, "/" + start);
                await UntilAsync(() => receiver.Messages.Count > before);
            }

            await outputs.DisposeAsync();
            before = receiver.Messages.Count;
        }

        receiver.Sequences().ShouldBe(_folder.Records().Select(static r => r.Sequence));
        receiver.Messages.Last().ShouldContain("\"gatehouse.closed\":true");
        File.GetUnixFileMode(Path.Combine(_folder.Path, "output-siem.cursor")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory, InlineData("authority"), InlineData("name")]
    public async Task A_receiver_with_another_certificate_gets_nothing(string wrong)
    {
        using var other = new ReceiverCa();
        using X509Certificate2 certificate = wrong == "name" ? _ca.Issue("somebody") : other.Issue("logs");
        await using SyslogReceiver receiver = SyslogReceiver.Start(certificate);
        await using FileAuditTrail trail = await _folder.OpenAsync();
        await using AuditOutputs outputs = Outputs(Settings(receiver.Port), new AuditDelivery());
        outputs.Start(trail.Write);
        TrailFolder.Record(trail, "/secret");
        await UntilAsync(() => outputs.All[0].Failure is not null);
        outputs.Problems.Single().Definition.Id.ShouldBe("GH8010");
        receiver.Messages.ShouldBeEmpty();
        trail.IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task Our_own_certificate_is_shown_where_it_is_asked_for()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        using X509Certificate2 own = _ca.Issue("gate-1");
        await using SyslogReceiver receiver = SyslogReceiver.Start(certificate, wantsClient: true);
        await using FileAuditTrail trail = await _folder.OpenAsync();
        await using AuditOutputs outputs = Outputs(Settings(receiver.Port) with { ClientCertificate = new SslCertificates(own, []) }, new AuditDelivery());
        outputs.Start(trail.Write);
        await UntilAsync(() => !receiver.Messages.IsEmpty);
        receiver.Clients.ShouldContain("CN=gate-1");
    }

    [Fact]
    public async Task Too_far_behind_blocks_keeps_segments_and_ends_by_itself()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        SyslogReceiver gone = SyslogReceiver.Start(certificate);
        int port = gone.Port;
        await gone.DisposeAsync();
        var delivery = new AuditDelivery();
        var time = new AdvancingClock();
        AuditTrailOptions options = _folder.Options with { Delivery = delivery, SegmentBytes = 20_000, KeepFor = TimeSpan.FromMinutes(1) };
        await using FileAuditTrail trail = await _folder.OpenAsync(options, time: time);
        await using AuditOutputs outputs = Outputs(Settings(port) with { Limit = 60_000, BlocksOnOverflow = true }, delivery);
        outputs.Start(trail.Write);
        int count = 0;
        while (trail.TryReserve(out AuditSlot slot))
        {
            trail.Complete(slot, TrailFolder.Event("/" + count++));
            if (count % 20 == 0)
            {
                await trail.FlushAsync(CancellationToken.None);
                time.Advance(TimeSpan.FromMinutes(2));
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }

        trail.IsHealthy.ShouldBeFalse();
        outputs.Problems.Single().Definition.Id.ShouldBe("GH8011");
        _folder.Verify().BeginsAt.ShouldBe(SegmentName.Of(1), "nothing undelivered is deleted");
        await using SyslogReceiver back = SyslogReceiver.Start(certificate, port);
        await UntilAsync(() => trail.TryReserve(out _));
        await UntilAsync(() => back.Messages.Any(static m => m.Contains("has caught up", StringComparison.Ordinal)));
        back.Messages.ShouldContain(static m => m.Contains("more than its limit", StringComparison.Ordinal) && m.StartsWith("<105>1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_collector_gets_every_record_by_OTLP_and_again_what_it_did_not_take()
    {
        int port = FreePorts.Next();
        _collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        _collector.Start();
        var taken = new List<long>();
        Task serving = CollectAsync(taken);
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            await using AuditOutputs outputs = Outputs(
                Settings(port) with { Kind = OutputKind.Otlp, IsTls = false, Host = "127.0.0.1", Path = "/v1/logs", Settle = TimeSpan.Zero }, new AuditDelivery());
            outputs.Start(trail.Write);
            for (int i = 0; i < 1500; i++)
            {
                TrailFolder.Record(trail, $"/{i}");
            }

            await trail.FlushAsync(CancellationToken.None);
            await UntilAsync(() =>
            {
                lock (taken)
                {
                    return taken.Count >= 1500;
                }
            });
        }

        _collector.Close();
        await serving;
        taken.ShouldBe(Enumerable.Range(1, taken.Count).Select(static n => (long)n), "acknowledged batches are not sent again");
    }

    [Fact]
    public void Frames_count_octets_and_nothing_breaks_out_of_them()
    {
        var settings = Settings(1) with { MaxMessage = 2048 };
        string evil = "a\"]\n<13>1 - - - - - fake \u2028\u202E\\";
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        var record = TrailFolder.Event("/x" + new string('\u00e9', 3000));
        record.User = evil;
        int length = chain.Append(buffer, AuditRecordWriter.Format(record, buffer)) - 1;
        AuditRecordReader.TryRead(buffer.AsSpan(0, length), out AuditRecord? read).ShouldBeTrue();
        var frame = new System.Buffers.ArrayBufferWriter<byte>();
        SyslogFrame.Write(new OutgoingRecord(read.Line, read, "audit-00000001.jsonl", 7), settings, frame);
        SyslogFrame.Write(new OutgoingRecord("not\na record\u007f"u8.ToArray(), null, "s", 0), settings, frame);

        byte[] all = frame.WrittenSpan.ToArray();
        int space = Array.IndexOf(all, (byte)' ');
        int first = int.Parse(Encoding.ASCII.GetString(all, 0, space), System.Globalization.CultureInfo.InvariantCulture);
        first.ShouldBeInRange(2040, 2048);
        string message = new UTF8Encoding(false, true).GetString(all, space + 1, first);
        message.ShouldStartWith("<110>1 ");
        message.ShouldContain(" n1 gatehouse - access_granted [gatehouse@32473 seq=\"1\" segment=\"audit-00000001.jsonl\" offset=\"7\" gate=\"g\" user=\"a\\\"\\]_<13>1 - - - - - fake __\\\\\"");
        message.ShouldContain($" cut=\"{length}\"] \uFEFF{{");
        message.ShouldEndWith("...[cut]");
        message.ShouldAllBe(static c => !char.IsControl(c));
        string rest = Encoding.UTF8.GetString(all, space + 1 + first, all.Length - space - 1 - first);
        rest.ShouldEndWith(" gatehouse - unreadable [gatehouse@32473 segment=\"s\" offset=\"0\"] not?a record?");
    }

    [Fact]
    public void A_cursor_that_is_not_one_means_the_beginning()
    {
        Directory.CreateDirectory(_folder.Path);
        foreach (string text in new[] { "", "audit-00000001.jsonl", "audit-1.jsonl 4", "../x 4", "audit-00000001.jsonl -4", "audit-00000001.jsonl 99999999999999999999" })
        {
            File.WriteAllText(Path.Combine(_folder.Path, "output-o.cursor"), text);
            new CursorFile(_folder.Path, "o").Read().ShouldBe(TrailPosition.Oldest, text);
        }

        var kept = new TrailPosition(SegmentName.Of(3), 4711);
        new CursorFile(_folder.Path, "o").Write(kept);
        new CursorFile(_folder.Path, "o").Read().ShouldBe(kept);
    }

    /// <summary>Cannot take the first batch, takes the rest.</summary>
    private async Task CollectAsync(List<long> taken)
    {
        for (int i = 0; ; i++)
        {
            HttpListenerContext call;
            try
            {
                call = await _collector.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            call.Request.Url!.AbsolutePath.ShouldBe("/v1/logs");
            call.Request.ContentType.ShouldBe("application/json");
            using JsonDocument body = await JsonDocument.ParseAsync(call.Request.InputStream);
            JsonElement resource = body.RootElement.GetProperty("resourceLogs")[0];
            resource.GetProperty("resource").GetProperty("attributes")[0].GetProperty("value").GetProperty("stringValue").GetString().ShouldBe("gatehouse");
            if (i > 0)
            {
                lock (taken)
                {
                    foreach (JsonElement record in resource.GetProperty("scopeLogs")[0].GetProperty("logRecords").EnumerateArray())
                    {
                        record.GetProperty("timeUnixNano").GetString()!.Length.ShouldBe(19);
                        taken.Add(long.Parse(record.GetProperty("attributes")[0].GetProperty("value").GetProperty("intValue").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
                    }
                }
            }

            call.Response.StatusCode = i == 0 ? 503 : 200;
            call.Response.Close("{}"u8.ToArray(), willBlock: false);
        }
    }

    /// <summary>Within a connection numbers only grow; a new one begins at or before where the last ended.</summary>
    private static long[] InOrder(SyslogReceiver receiver)
    {
        long[] all = receiver.Sequences();
        for (int i = 1; i < all.Length; i++)
        {
            (all[i] == all[i - 1] + 1 || all[i] <= all[i - 1]).ShouldBeTrue($"{all[i]} came behind {all[i - 1]}");
        }

        return all;
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isDone())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(Patience);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private AuditOutputs Outputs(OutputSettings settings, AuditDelivery delivery) =>
        new(_folder.Path, [settings], delivery, TimeProvider.System, NullLogger.Instance);

    private OutputSettings Settings(int port) => new()
    {
        Name = "siem",
        Kind = OutputKind.Syslog,
        Host = "127.0.0.1",
        Port = port,
        ServerName = "logs",
        Authorities = [_ca.Certificate],
        Node = "n1",
        RetryAfter = TimeSpan.FromMilliseconds(20),
        RetryAtMost = TimeSpan.FromMilliseconds(200),
    };
}
