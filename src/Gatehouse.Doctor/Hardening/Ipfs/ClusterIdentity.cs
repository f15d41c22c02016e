using System.Text;
using System.Text.Json;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>The peer's key: in <c>identity.json</c>, out of <c>service.json</c>, which is copied from peer to peer.</summary>
internal static class ClusterIdentity
{
    private const string File = "identity.json", Id = "cluster.id", Key = "cluster.private_key";

    /// <summary>Takes it out where it is in its own file, or puts it there, as IPFS Cluster does at its first start without that file.</summary>
    public static ConfigDocument Move(ConfigDocument service, PlanDraft draft)
    {
        SettingTree settings = service.Settings;
        if (settings[Key].Text is not { Length: > 0 } key)
        {
            return service;
        }

        string path = draft.Beside(File);
        if (draft.Optional(path) is { } bytes)
        {
            SettingTree identity = JsonFile.Read(bytes, path).Settings;
            if (identity["id"].Text is not { Length: > 0 } || identity["private_key"].Text is not { Length: > 0 } used)
            {
                draft.Warn($"the peer's private key stands in service.json (`{Key}`), and goes wherever the file is copied to: {path} has none, move it there");
                return service;
            }

            draft.Warn($"`{Key}` goes out of service.json: the peer uses the key in {path}{(used == key ? "" : ", which is another one")}");
            return service.Without(Id, Key);
        }

        if (settings[Id].Text is not { Length: > 0 } id)
        {
            draft.Warn($"the peer's private key stands in service.json (`{Key}`) without its `{Id}`, and goes wherever the file is copied to: move both to {path}");
            return service;
        }

        draft.Warn($"the peer's private key goes from service.json to {path}, which is not copied from peer to peer");
        draft.PutSecret(path, Text(id, key));
        return service.Without(Id, Key);
    }

    private static byte[] Text(string id, string key) =>
        Encoding.UTF8.GetBytes($"{{\n    \"id\": {Quoted(id)},\n    \"private_key\": {Quoted(key)}\n}}\n");

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
