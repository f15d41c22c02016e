using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>
/// As much of a directory as a login asks for: it knows <c>anna</c>, takes <c>anna-password-1</c> (and everything for others),
/// has as many groups as it is told to, and checks passwords as slowly.
/// </summary>
internal sealed class TinyDirectory : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public TinyDirectory()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Url => $"ldap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Groups in each answer to a group search.</summary>
    public int InOnePage { get; init; }

    /// <summary>Whether a next page is promised each time.</summary>
    public bool IsPaged { get; init; }

    /// <summary>How long a password of somebody who is there takes; nobody's takes nothing.</summary>
    public TimeSpan CheckTime { get; init; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            byte[] buffer = new byte[4096];
            int searches = 0;
            try
            {
                // One request a packet: the client waits for each answer.
                while (await client.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var length)
                {
                    AsnReader request = new AsnReader(buffer.AsMemory(0, length), AsnEncodingRules.BER).ReadSequence();
                    request.TryReadInt32(out int id);
                    bool isSearch = request.PeekTag().TagValue == 3;
                    AsnReader body = request.ReadSequence(new Asn1Tag(TagClass.Application, isSearch ? 3 : 0, isConstructed: true));
                    var answer = new MemoryStream();
                    if (isSearch)
                    {
                        Find(answer, id, body, Encoding.UTF8.GetString(buffer, 0, length), ref searches);
                    }
                    else
                    {
                        body.ReadInteger();
                        string name = Encoding.UTF8.GetString(body.ReadOctetString());
                        string password = Encoding.UTF8.GetString(body.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, 0)));
                        bool isAnna = name.StartsWith("uid=anna,", StringComparison.Ordinal);
                        bool isThere = isAnna || name.StartsWith("cn=gatehouse", StringComparison.Ordinal);
                        await Task.Delay(isAnna ? CheckTime : TimeSpan.Zero, _stop.Token);
                        Write(answer, id, 1, null, null, isThere && (!isAnna || password == "anna-password-1") ? (byte)0 : (byte)49);
                    }

                    await client.GetStream().WriteAsync(answer.ToArray(), _stop.Token);
                }
            }
            catch (Exception over) when (over is IOException or OperationCanceledException or SocketException)
            {
                // The login is over.
            }
        }
    }

    private void Find(MemoryStream answer, int id, AsnReader search, string text, ref int searches)
    {
        if (search.ReadOctetString().AsSpan().StartsWith("ou=people"u8))
        {
            if (text.Contains("anna", StringComparison.Ordinal))
            {
                Write(answer, id, 4, "uid=anna,ou=people,dc=example", null);
            }

            Write(answer, id, 5, null, null);
            return;
        }

        for (int i = 0; i < InOnePage; i++)
        {
            Write(answer, id, 4, $"cn=g{searches}-{i},ou=groups,dc=example", null);
        }

        Write(answer, id, 5, null, IsPaged ? BitConverter.GetBytes(++searches) : null);
    }

    private static void Write(MemoryStream into, int id, int tag, string? entry, byte[]? cookie, byte code = 0)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            using (writer.PushSequence(new Asn1Tag(TagClass.Application, tag, isConstructed: true)))
            {
                if (entry is not null)
                {
                    writer.WriteOctetString(Encoding.UTF8.GetBytes(entry));
                    using (writer.PushSequence())
                    using (writer.PushSequence())
                    {
                        writer.WriteOctetString("uid"u8);
                        using (writer.PushSetOf())
                        {
                            writer.WriteOctetString("anna"u8);
                        }
                    }
                }
                else
                {
                    writer.WriteEncodedValue([0x0a, 0x01, code]);
                    writer.WriteOctetString([]);
                    writer.WriteOctetString([]);
                }
            }

            if (cookie is not null)
            {
                var value = new AsnWriter(AsnEncodingRules.BER);
                using (value.PushSequence())
                {
                    value.WriteInteger(0);
                    value.WriteOctetString(cookie);
                }

                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)))
                using (writer.PushSequence())
                {
                    writer.WriteOctetString("1.2.840.113556.1.4.319"u8);
                    writer.WriteOctetString(value.Encode());
                }
            }
        }

        into.Write(writer.Encode());
    }
}
