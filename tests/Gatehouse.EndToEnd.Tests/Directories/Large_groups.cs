using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>More groups than a server tells at once: all of them or nobody, and an end to it.</summary>
public sealed class Large_groups
{
    private readonly Steps _steps = new();

    [Theory(Timeout = 60_000)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=unlimited", true)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.pr=70 size.prtotal=unlimited", true)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=2500", false)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=disabled", false)]
    public async Task All_groups_come_in_pages_or_nobody_is_let_in(string limits, bool isWhole)
    {
        using var authority = new DirectoryAuthority("Root");
        await using SlapdServer server = await new SlapdServer(authority, "127.0.0.1").StartAsync(Entries(3000), limits + "\n");

        RealmAnswer answer = await LoginAsync(server.Url);

        if (isWhole)
        {
            answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
            answer.Principal!.Groups.Length.ShouldBe(6000);
            answer.Principal.Groups.ShouldContain("g2999");
            return;
        }

        answer.Verdict.ShouldBe(RealmVerdict.Unavailable, _steps.ToString());
        answer.Reason.ShouldBeOneOf("too_many_groups", "group_search_failed");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0, true)] // empty pages, and another one each time
    [InlineData(500, true)] // full ones, without end
    [InlineData(20_000, false)] // no pages at all: everything at once
    public async Task Groups_without_end_end_the_login(int inOnePage, bool isPaged)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        Task serving = ServeAsync(listener, inOnePage, isPaged, stop.Token);

        RealmAnswer answer = await LoginAsync($"ldap://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        answer.Verdict.ShouldBe(RealmVerdict.Unavailable, _steps.ToString());
        answer.Reason.ShouldBeOneOf("too_many_groups", "malformed_answer");
        await stop.CancelAsync();
        listener.Stop();
        await serving;
    }

    private async Task<RealmAnswer> LoginAsync(string url)
    {
        DirectorySettings settings = new()
        {
            Urls = [url],
            AllowClearText = true,
            BindDn = SlapdServer.Searcher,
            BindPassword = SlapdServer.SearcherPassword,
            UserBase = "ou=people,dc=example",
            GroupBase = "ou=groups,dc=example",
        };
        using var realm = new DirectoryRealm(new RealmDocument { Name = "directory", Kind = RealmKind.Ldap, Directory = settings }, TimeProvider.System);
        return await realm.VerifyAsync(
            new PresentedCredentials(IPAddress.Loopback) { Name = "anna", Password = "anna-password-1" }, _steps, TestContext.Current.CancellationToken);
    }

    private static string Entries(int groups)
    {
        var text = new StringBuilder($"""
            dn: dc=example
            objectClass: dcObject
            objectClass: organization
            o: Example
            dc: example

            dn: cn=gatehouse,dc=example
            objectClass: organizationalRole
            objectClass: simpleSecurityObject
            cn: gatehouse
            userPassword: {SlapdServer.SearcherPassword}

            dn: ou=people,dc=example
            objectClass: organizationalUnit
            ou: people

            dn: ou=groups,dc=example
            objectClass: organizationalUnit
            ou: groups

            dn: uid=anna,ou=people,dc=example
            objectClass: inetOrgPerson
            uid: anna
            cn: Anna
            sn: A
            userPassword: anna-password-1

            """.ReplaceLineEndings("\n"));
        for (int i = 0; i < groups; i++)
        {
            text.Append($"\ndn: cn=g{i},ou=groups,dc=example\nobjectClass: posixGroup\ncn: g{i}\ngidNumber: {1000 + i}\nmemberUid: anna\n");
        }

        return text.ToString();
    }

    /// <summary>A directory that finds whoever is asked for, takes every password, and has groups without end.</summary>
    private static async Task ServeAsync(TcpListener listener, int inOnePage, bool isPaged, CancellationToken stop)
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await listener.AcceptTcpClientAsync(stop), inOnePage, isPaged, stop));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private static async Task AnswerAsync(TcpClient client, int inOnePage, bool isPaged, CancellationToken stop)
    {
        using (client)
        {
            byte[] buffer = new byte[4096];
            int searches = 0;
            try
            {
                // One request a packet: the client waits for each answer.
                while (await client.GetStream().ReadAsync(buffer, stop) is > 0 and var length)
                {
                    var request = new AsnReader(buffer.AsMemory(0, length), AsnEncodingRules.BER).ReadSequence();
                    request.TryReadInt32(out int id);
                    bool isSearch = request.PeekTag().TagValue == 3;
                    var answer = new MemoryStream();
                    bool isUser = isSearch && request.ReadSequence(new Asn1Tag(TagClass.Application, 3, true)).ReadOctetString().AsSpan().StartsWith("ou=people"u8);
                    int entries = !isSearch ? 0 : isUser ? 1 : inOnePage;
                    for (int i = 0; i < entries; i++)
                    {
                        Write(answer, id, 4, isUser ? "uid=anna,ou=people,dc=example" : $"cn=g{searches}-{i},ou=groups,dc=example", null);
                    }

                    Write(answer, id, isSearch ? 5 : 1, null, isSearch && !isUser && isPaged ? BitConverter.GetBytes(++searches) : null);
                    await client.GetStream().WriteAsync(answer.ToArray(), stop);
                }
            }
            catch (Exception over) when (over is IOException or OperationCanceledException or SocketException)
            {
                // The login is over.
            }
        }
    }

    private static void Write(MemoryStream into, int id, int tag, string? entry, byte[]? cookie)
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
                    writer.WriteEncodedValue([0x0a, 0x01, 0x00]);
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
