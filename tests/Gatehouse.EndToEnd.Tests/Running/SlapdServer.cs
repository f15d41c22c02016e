using System.Diagnostics;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>OpenLDAP's slapd on loopback, with people, groups, memberOf and TLS. It takes empty passwords for anonymous, as the protocol allows.</summary>
internal sealed class SlapdServer : IAsyncDisposable
{
    public const string Searcher = "cn=gatehouse,dc=example";
    public const string SearcherPassword = "searcher-password-1";
    public const string AdminPassword = "admin-password-1";
    private readonly TemporaryFolder _folder = new();
    private readonly string _certificate;
    private readonly string _key;
    private Process? _process;

    public SlapdServer(DirectoryAuthority authority, params string[] hosts) => (_certificate, _key) = authority.Sign(hosts);

    public int Port { get; } = Ports.Free();

    public int TlsPort { get; } = Ports.Free();

    public string Url => $"ldap://127.0.0.1:{Port}";

    public string TlsUrl => $"ldaps://127.0.0.1:{TlsPort}";

    /// <summary>Starts it, the first time with its entries.</summary>
    public async Task<SlapdServer> StartAsync(string? entries = null, string settings = "")
    {
        bool isFirst = !Directory.Exists(_folder["db"]);
        if (isFirst)
        {
            Directory.CreateDirectory(_folder["db"]);
            await File.WriteAllTextAsync(_folder["server.pem"], _certificate);
            await File.WriteAllTextAsync(_folder["server.key"], _key);
            await File.WriteAllTextAsync(_folder["slapd.conf"], Configuration() + settings);
        }

        _process = Process.Start(new ProcessStartInfo("/usr/sbin/slapd", ["-d", "0", "-f", _folder["slapd.conf"], "-h", $"{Url} {TlsUrl}"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Ports.WaitForAsync(Port);
        await Ports.WaitForAsync(TlsPort);
        if (isFirst)
        {
            // Added over the protocol: only so does the memberOf overlay see them.
            ShellResult added = await Shell.RunAsync(
                "ldapadd", ["-x", "-H", Url, "-D", "cn=admin,dc=example", "-w", AdminPassword], (entries ?? Entries).ReplaceLineEndings("\n"), seconds: 20);
            if (added.ExitCode != 0)
            {
                throw new InvalidOperationException(added.ToString());
            }
        }

        return this;
    }

    /// <summary>Ends it without a goodbye.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    private string Configuration() =>
        $"""
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/inetorgperson.schema
        include /etc/ldap/schema/nis.schema
        modulepath /usr/lib/ldap
        moduleload back_mdb
        moduleload memberof
        pidfile {_folder["slapd.pid"]}
        allow bind_anon_cred bind_anon_dn
        TLSCertificateFile {_folder["server.pem"]}
        TLSCertificateKeyFile {_folder["server.key"]}
        database mdb
        suffix dc=example
        rootdn cn=admin,dc=example
        rootpw {AdminPassword}
        directory {_folder["db"]}
        overlay memberof
        access to attrs=userPassword by anonymous auth by * none
        access to * by users read by anonymous auth by * none

        """.ReplaceLineEndings("\n");

    private const string Entries =
        """
        dn: dc=example
        objectClass: dcObject
        objectClass: organization
        o: Example
        dc: example

        dn: cn=gatehouse,dc=example
        objectClass: organizationalRole
        objectClass: simpleSecurityObject
        cn: gatehouse
        userPassword: searcher-password-1

        dn: ou=people,dc=example
        objectClass: organizationalUnit
        ou: people

        dn: ou=more,ou=people,dc=example
        objectClass: organizationalUnit
        ou: more

        dn: ou=outside,dc=example
        objectClass: organizationalUnit
        ou: outside

        dn: ou=groups,dc=example
        objectClass: organizationalUnit
        ou: groups

        dn: uid=anna,ou=people,dc=example
        objectClass: inetOrgPerson
        uid: anna
        cn: Anna
        sn: A
        mail: anna@example.org
        userPassword: anna-password-1

        dn: uid=bert,ou=people,dc=example
        objectClass: inetOrgPerson
        uid: bert
        cn: Bert
        sn: B
        userPassword: bert-password-1

        dn: uid=we(ird*)\\na\2cme\+\#,ou=people,dc=example
        objectClass: inetOrgPerson
        uid: we(ird*)\na,me+#
        cn: Weird
        sn: W
        userPassword: weird-password-1

        dn: uid=twin,ou=people,dc=example
        objectClass: inetOrgPerson
        uid: twin
        cn: Twin
        sn: T
        userPassword: twin-password-1

        dn: uid=twin,ou=more,ou=people,dc=example
        objectClass: inetOrgPerson
        uid: twin
        cn: Twin
        sn: T
        userPassword: twin-password-1

        dn: uid=outsider,ou=outside,dc=example
        objectClass: inetOrgPerson
        uid: outsider
        cn: Outsider
        sn: O
        userPassword: outsider-password-1

        dn: cn=Writers,ou=groups,dc=example
        objectClass: groupOfNames
        cn: Writers
        member: uid=anna,ou=people,dc=example

        dn: cn=staff,ou=groups,dc=example
        objectClass: groupOfNames
        cn: staff
        member: cn=Writers,ou=groups,dc=example

        dn: cn=everyone\, really,ou=groups,dc=example
        objectClass: groupOfNames
        cn: everyone, really
        member: cn=staff,ou=groups,dc=example

        dn: cn=staff,ou=groups,dc=example
        changetype: modify
        add: member
        member: cn=everyone\, really,ou=groups,dc=example

        dn: cn=shell,ou=groups,dc=example
        objectClass: posixGroup
        cn: shell
        gidNumber: 1000
        memberUid: anna

        dn: cn=trap,ou=groups,dc=example
        objectClass: posixGroup
        cn: trap
        gidNumber: 1001
        memberUid: Writers

        dn: cn=elsewhere,ou=outside,dc=example
        objectClass: groupOfNames
        cn: elsewhere
        member: uid=anna,ou=people,dc=example

        """;
}
