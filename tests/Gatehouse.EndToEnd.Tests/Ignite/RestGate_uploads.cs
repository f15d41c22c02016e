using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Ipfs;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Deployment units through the gate, with curl, jar and zip: what is fine arrives as it was, of all else the node has no unit.</summary>
[Collection(nameof(RestGate))]
public sealed class RestGate_uploads(RestGate rest)
{
    private const string Units = RestGate.Root + "/deployment/units/";
    private static readonly byte[] Content = "code"u8.ToArray();

    /// <summary>Name, and how an archive is made in a folder with <c>a.txt</c>.</summary>
    public static TheoryData<string, string> HostileArchives => new()
    {
        { "zip_link", "ln -s /etc/passwd link && zip -qy u.zip link a.txt" },
        { "zip_encrypted", "zip -qP secret u.zip a.txt" },
        { "zip_ratio", "head -c 33554432 /dev/zero > big && zip -q u.zip big" },
        { "zip_structure", "zip -q v.zip a.txt && (echo '#!/bin/sh'; cat v.zip) > u.zip" },
        { "zip_trailing", "zip -q u.zip a.txt && echo more >> u.zip" },
        { "zip_comment", "zip -q u.zip a.txt && echo comment | zip -qz u.zip" },
        { "zip_structure", "cp a.txt u.zip" },
        { "zip_cut_short", "zip -q v.zip a.txt && head -c -1 v.zip > u.zip" },
    };

    public static TheoryData<string, string> HostileNames => new()
    {
        { "../a.txt", "zip_name" },
        { "a/../../b", "zip_name" },
        { "/etc/cron.d/a", "zip_name" },
        { "..\\a.txt", "zip_name" },
        { "C:\\a.txt", "zip_name" },
        { "C:a.txt", "zip_name" },
        { "a\u0001b", "zip_name" },
        { "A.TXT", "zip_duplicate" },
        { "a.txt/b", "zip_duplicate" },
    };

    public static TheoryData<string, string, int, string> HostileForms => new()
    {
        { "name=\"unitContent\"; filename=\"../a.jar\"", RestForms.ContentType, 400, "file_name" },
        { "name=\"unitContent\"; filename=\"/etc/passwd\"", RestForms.ContentType, 400, "file_name" },
        { "name=\"unitContent\"; filename=\"a/b.jar\"", RestForms.ContentType, 400, "file_name" },
        { "name=\"unitContent\"; filename=\"..\\\\a.jar\"", RestForms.ContentType, 400, "multipart_disposition" },
        { "name=\"unitContent\"; filename=\"%2e%2e%2fa.jar\"", RestForms.ContentType, 400, "file_name" },
        { "name=\"unitContent\"; filename=\"first.jar\"", RestForms.ContentType, 400, "file_name_twice" },
        { "name=\"unitContent\"; filename=\"FIRST.jar\"", RestForms.ContentType, 400, "file_name_twice" },
        { "name=\"unitContent\"; filename=\"a.jar\"; filename*=UTF-8''..%2fa.jar", RestForms.ContentType, 400, "multipart_disposition" },
        { "name=\"unitContent\"; filename=\"a.jar\"; filename=\"../a.jar\"", RestForms.ContentType, 400, "multipart_disposition" },
        { "name=\"other\"; filename=\"a.jar\"", RestForms.ContentType, 400, "multipart_field" },
        { "name=\"unitContent\"", RestForms.ContentType, 400, "multipart_no_file" },
        { "name=\"unitContent\"; filename=\"a.jar\"", "multipart/mixed; boundary=b", 415, "content_type" },
        { "name=\"unitContent\"; filename=\"a.jar\"", "multipart/form-data; boundary=b; boundary=c", 415, "content_type" },
        { "name=\"unitContent\"; filename=\"a.jar\"", "application/java-archive", 415, "content_type" },
        { "name=\"unitContent\"; filename=\"a.jar\"", "multipart/form-data; boundary=c", 400, "multipart_preamble" },
    };

    [Fact]
    public async Task Files_and_archives_that_are_fine_arrive_byte_for_byte_with_their_hash_in_the_trail()
    {
        rest.Node.Forget();
        using var folder = new TemporaryFolder();
        await MakeAsync(folder, "head -c 3000000 /dev/urandom > job.bin && jar cf job.jar job.bin a.txt && zip -qr unit.zip job.bin a.txt job.jar");
        string jar = await CurlAsync(folder, "orders", "orders/1.0.0?deployMode=ALL", "unitContent=@job.jar", "unitContent=@a.txt;type=text/plain");
        string zip = await CurlAsync(folder, "ignite_deployer", "zip/archive/1.0.0", "unitContent=@unit.zip");
        string fromJar = await CurlAsync(folder, "ignite_admin", "zip/jar/1.0.0", "unitContent=@job.jar");
        string tidy = await CurlAsync(folder, "ignite_deployer", "chunked/1.0.0", "unitContent=@job.jar", "-HTransfer-Encoding: chunked");
        (jar, zip, fromJar, tidy).ShouldBe(("true 200", "true 200", "true 200", "true 200"));

        StandInUnit files = Unit("orders");
        files.DeployMode.ShouldBe("ALL");
        files.Files.ShouldBe([await FileAsync(folder, "job.jar"), await FileAsync(folder, "a.txt")]);
        Unit("archive").Files.ShouldBe([await FileAsync(folder, "job.bin"), await FileAsync(folder, "a.txt"), await FileAsync(folder, "job.jar")]);
        Unit("jar").Files.ShouldContain(await FileAsync(folder, "job.bin"));
        Unit("chunked").Files.ShouldBe([await FileAsync(folder, "job.jar")]);
        foreach (string name in (string[])["job.jar", "a.txt", "unit.zip"])
        {
            StandInFile file = await FileAsync(folder, name);
            JsonElement record = await rest.RecordAsync($"{name}, {file.Length} bytes, sha256 {file.Sha256}");
            record.GetProperty("message").GetString()!.ShouldContain(file.Sha256);
        }

        rest.Node.Requests.ShouldAllBe(static r => r.User == "gate" && !r.Headers["Content-Type"].Contains("----"), "neither the client's login nor its boundary");
        StandInUnit Unit(string id) => rest.Node.Units.Single(u => u.Id == id);
    }

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public async Task An_archive_made_to_do_harm_becomes_no_unit(string reason, string how)
    {
        rest.Node.Forget();
        using var folder = new TemporaryFolder();
        await MakeAsync(folder, how);
        byte[] archive = await File.ReadAllBytesAsync(folder["u.zip"], TestContext.Current.CancellationToken);
        await IsRefusedAsync("rest", "zip/evil/1.0.0", RestForms.ContentType, RestForms.Of(("u.zip", archive)), reason.Contains("ratio") ? 413 : 400, reason);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task An_entry_that_leads_elsewhere_becomes_no_unit(string name, string reason) =>
        await IsRefusedAsync("rest", "zip/evil/1.0.0", RestForms.ContentType, RestForms.Of(("u.zip", RestForms.Zip(("a.txt", "a"), (name, "evil")))), 400, reason);

    [Theory]
    [MemberData(nameof(HostileForms))]
    public async Task A_form_that_can_be_read_in_two_ways_becomes_no_unit(string disposition, string type, int status, string reason) => await IsRefusedAsync(
        "rest", "evil/1.0.0", type, RestForms.Parts(("name=\"unitContent\"; filename=\"first.jar\"", Content), (disposition, Content)), status, reason);

    [Fact]
    public async Task Limits_of_the_gate_hold()
    {
        byte[] half = RandomNumberGenerator.GetBytes(700_000);
        string text = Convert.ToHexString(half);
        await IsRefusedAsync("tight", "evil/1.0.0", RestForms.ContentType, RestForms.Of(("a", new byte[4 * 1024 * 1024])), 413, "upload_too_large");
        await IsRefusedAsync("tight", "evil/1.0.0", RestForms.ContentType, RestForms.Of(("a", half), ("b", half), ("c", half)), 413, "multipart_too_many_parts");
        await IsRefusedAsync("tight", "zip/evil/1.0.0", RestForms.ContentType, RestForms.Of(("a", RestForms.Zip(("a", text)))), 413, "zip_too_large");
        await IsRefusedAsync("tight", "zip/evil/1.0.0", RestForms.ContentType, RestForms.Of(("a", RestForms.Zip(("a", ""), ("b", ""), ("c", ""), ("d", "")))), 413, "zip_too_many_entries");

        // Without a length it is cut when it is too long.
        using var folder = new TemporaryFolder();
        await MakeAsync(folder, "head -c 8388608 /dev/zero > big");
        string answer = await CurlAsync(folder, "ignite_admin", "evil/1.0.0", "unitContent=@big", "-HTransfer-Encoding: chunked", "tight");
        answer.ShouldEndWith(" 413");
        rest.Node.Units.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_may_deploy_one_unit_deploys_no_other()
    {
        foreach (string unit in (string[])["payments/1.0.0", "ordersX/1.0.0", "Orders/1.0.0", "zip/payments/1.0.0", "zip/orders.x/1"])
        {
            rest.Node.Forget();
            RestGate.IsRefusal(await rest.SendAsync("rest", "orders", $"POST {Units}{unit}", RestForms.ContentType, RestForms.Of(("a.jar", Content))), 403);
            rest.Node.Requests.ShouldBeEmpty();
        }
    }

    private static async Task<StandInFile> FileAsync(TemporaryFolder folder, string name)
    {
        byte[] bytes = await File.ReadAllBytesAsync(folder[name], TestContext.Current.CancellationToken);
        return new StandInFile(name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static async Task MakeAsync(TemporaryFolder folder, string how)
    {
        ShellResult made = await Shell.BashAsync($"echo text > a.txt && {how}", directory: folder[""]);
        made.ExitCode.ShouldBe(0, made.ToString());
    }

    private async Task<string> CurlAsync(TemporaryFolder folder, string user, string unit, params string[] parts)
    {
        string gate = parts.Contains("tight") ? "tight" : "rest";
        IEnumerable<string> options = parts.Where(static p => p != "tight").SelectMany(static p => p[0] == '-' ? [p] : new[] { "-F", p });
        string[] line = ["-sS", "--max-time", "20", "--cacert", rest.Daemon.CaFile, "-u", $"{user}:{RestGate.Password}", "-w", " %{http_code}", .. options, $"{rest.Address(gate)}{Units[1..]}{unit}"];
        ShellResult sent = await Shell.RunAsync("curl", line, directory: folder[""]);
        return sent.Output;
    }

    private async Task IsRefusedAsync(string gate, string unit, string type, byte[] form, int status, string reason)
    {
        rest.Node.Forget();
        WireAnswer answer = await rest.SendAsync(gate, "ignite_deployer", $"POST {Units}{unit}", type, form);
        RestGate.IsRefusal(answer, status)["reason"]!.GetValue<string>().ShouldBe(reason);
        rest.Node.Units.ShouldBeEmpty();
        rest.Node.Requests.ShouldBeEmpty("what was begun was cut");
    }
}
