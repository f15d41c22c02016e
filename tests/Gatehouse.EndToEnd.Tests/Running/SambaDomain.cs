using System.Diagnostics;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>
/// Samba as the only domain controller of <c>CORP.TEST</c>, in a folder of its own and with nothing of it but its LDAP servers,
/// on a loopback address of their own: their ports (389, 636, 3268, 3269) are fixed, so it needs root.
/// </summary>
internal sealed class SambaDomain : IAsyncDisposable
{
    public const string Address = "127.77.254.1";
    public const string Searcher = "gatehouse@corp.test";
    public const string SearcherPassword = "Searcher.Passw0rd";
    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public async Task<SambaDomain> StartAsync(DirectoryAuthority authority)
    {
        (string certificate, string key) = authority.Sign("dc1.corp.test", Address);
        await File.WriteAllTextAsync(_folder["server.pem"], certificate);
        await File.WriteAllTextAsync(_folder["server.key"], key);
        File.SetUnixFileMode(_folder["server.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite); // samba refuses others
        await File.WriteAllTextAsync(_folder["ca.pem"], authority.Pem);
        await File.WriteAllTextAsync(_folder["smb.conf"], Configuration());
        await File.WriteAllTextAsync(_folder["provision.py"], Provision.ReplaceLineEndings("\n"));
        Directory.CreateDirectory(_folder["dc"]);

        // Debian's own interpreter: another one has no samba module.
        ShellResult made = await Shell.RunAsync("/usr/bin/python3", [_folder["provision.py"], _folder["dc"], _folder["smb.conf"]], seconds: 90);
        if (made.ExitCode != 0)
        {
            throw new InvalidOperationException(made.Error[^Math.Min(made.Error.Length, 2000)..]);
        }

        _process = Process.Start(new ProcessStartInfo("/usr/sbin/samba", ["-F", "--no-process-group", "-M", "single", $"--configfile={_folder["smb.conf"]}"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Ports.WaitForAsync(System.Net.IPAddress.Parse(Address), 3269);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _folder.Dispose();
    }

    private string Configuration() =>
        $"""
        [global]
        binddns dir = {_folder["dc/bind-dns"]}
        cache directory = {_folder["dc/cache"]}
        lock directory = {_folder["dc"]}
        pid directory = {_folder["dc"]}
        ncalrpc dir = {_folder["dc/ncalrpc"]}
        private dir = {_folder["dc/private"]}
        state directory = {_folder["dc/state"]}
        ntp signd socket directory = {_folder["dc/ntp"]}
        log file = {_folder["dc/log.%m"]}
        bind interfaces only = yes
        interfaces = {Address}/8
        netbios name = DC1
        realm = CORP.TEST
        workgroup = CORP
        server role = active directory domain controller
        server services = ldap
        dcerpc endpoint servers =
        nt hash store = never
        tls enabled = yes
        tls keyfile = {_folder["server.key"]}
        tls certfile = {_folder["server.pem"]}
        tls cafile = {_folder["ca.pem"]}

        """.ReplaceLineEndings("\n");

    // Provisioning as samba-tool does it, but for the access rights of shared files, which temporary folders cannot hold.
    private const string Provision =
        """
        import sys
        import samba.provision
        samba.provision.setsysvolacl = lambda *a, **k: None
        from samba.netcmd.main import cmd_sambatool
        folder, conf = sys.argv[1:]
        if cmd_sambatool()._run("samba-tool", "domain", "provision", "--targetdir=" + folder, "--realm=CORP.TEST", "--domain=CORP",
                                "--server-role=dc", "--dns-backend=NONE", "--adminpass=Admin.Passw0rd", "--host-name=dc1", "--host-ip=127.77.254.1"):
            sys.exit(1)

        import ldb
        from samba.auth import system_session
        from samba.param import LoadParm
        from samba.samdb import SamDB
        lp = LoadParm()
        lp.load(conf)
        db = SamDB(url=folder + "/private/sam.ldb", session_info=system_session(lp), lp=lp)
        def user(name, **more):
            db.newuser(name, "User.Passw0rd", **more)
            return "CN=%s,CN=Users,DC=corp,DC=test" % name
        def change(dn, attribute, value):
            m = ldb.Message(ldb.Dn(db, dn))
            m[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, attribute)
            db.modify(m)
        db.newuser("gatehouse", "Searcher.Passw0rd")
        change("CN=gatehouse,CN=Users,DC=corp,DC=test", "userPrincipalName", "gatehouse@corp.test")
        anna = user("Anna", mailaddress="anna@example.org")
        change(anna, "userPrincipalName", "a.name@other.example")
        user("bert")
        user("disabled"); db.disable_account("(sAMAccountName=disabled)")
        change(user("expired"), "accountExpires", "10000000000")
        user("fresh", force_password_change_at_next_login_req=True)
        user("thief", mailaddress="bert")
        change(user("night"), "logonHours", bytes(21))
        change(user("desk"), "userWorkstations", "ELSEWHERE")
        def policy(name, precedence, dn, age, threshold):
            db.add({"dn": "CN=%s,CN=Password Settings Container,CN=System,DC=corp,DC=test" % name,
                    "objectClass": "msDS-PasswordSettings", "msDS-PasswordSettingsPrecedence": precedence,
                    "msDS-PasswordReversibleEncryptionEnabled": "FALSE", "msDS-PasswordHistoryLength": "0",
                    "msDS-PasswordComplexityEnabled": "FALSE", "msDS-MinimumPasswordLength": "0",
                    "msDS-MinimumPasswordAge": "0", "msDS-MaximumPasswordAge": age,
                    "msDS-LockoutThreshold": threshold, "msDS-LockoutObservationWindow": "-18000000000",
                    "msDS-LockoutDuration": "-18000000000", "msDS-PSOAppliesTo": dn})
        stale = ldb.Message(ldb.Dn(db, user("stale")))
        stale["pwdLastSet"] = ldb.MessageElement("120000000000000000", ldb.FLAG_MOD_REPLACE, "pwdLastSet")
        db.modify(stale, ["local_oid:1.3.6.1.4.1.7165.4.3.12:0"])
        policy("Strict", "2", user("locked"), "-864000000000", "3")
        for name in ("Writers", "Staff", "Everyone Here"):
            db.newgroup(name)
        db.add_remove_group_members("Writers", ["Anna"], add_members_operation=True)
        db.add_remove_group_members("Staff", ["Writers"], add_members_operation=True)
        db.add_remove_group_members("Everyone Here", ["Staff"], add_members_operation=True)
        db.add_remove_group_members("Staff", ["Everyone Here"], add_members_operation=True)
        """;
}
